/*
 * The floors of the start benchmark: a program that ends at once is started again and again, timed
 * until the call has returned, which both vfork and posix_spawn do once the program runs, and until
 * waitpid has given its exit. The standard streams are inherited. It prints "runs N" and "exit N"
 * for each start, in nanoseconds.
 */
#ifndef BENCH_START_H
#define BENCH_START_H

#include <sys/types.h>

/* Starts `program` without arguments; its pid, or -1 and errno. */
typedef pid_t bench_starter(char *program);

/* main, with the arguments of bench_run.h. */
int bench_start_main(int argc, char **argv, bench_starter *start);

#endif
