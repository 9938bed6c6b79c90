/* How a process becomes a worker: everything between main and init. */
#ifndef BELFRY_ATTACH_H
#define BELFRY_ATTACH_H

#include <stdbool.h>

struct belfry_worker;

/*
 * Takes the descriptors that the master has left, maps the two rings, describes the replies, and
 * makes this process end with the master. 0, or the exit status after a line on standard error.
 */
int belfry_attach(struct belfry_worker *worker);

/*
 * Is standard error the file that it was at the attach? Not when it was closed and its number is
 * another file's by now.
 */
bool belfry_attach_has_stderr(const struct belfry_worker *worker);

/* A line on standard error, with the program's name before it. */
__attribute__((format(printf, 1, 2))) void belfry_complain(const char *format, ...);

#endif
