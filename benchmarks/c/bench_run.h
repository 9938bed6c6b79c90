/* The common part of the C floors: arguments, affinity, output. */
#ifndef BENCH_RUN_H
#define BENCH_RUN_H

#include <stddef.h>
#include <stdint.h>

enum { BENCH_MAX = 100000000, BENCH_MAX_CPU = 1023 };

struct bench_run {
	char *program;
	size_t warm_up;
	size_t measured;
	/* Before each start or message. */
	uint64_t pause_nanos;
	/* Negative: not pinned. */
	int cpus[2];
};

/* A number within these limits; otherwise prints what is wrong and exits with 2. */
long bench_parse(const char *name, const char *text, long low, long high);

/* WARM_UP MEASURED, and CPU CPU; on a wrong one print what is wrong and exit with 2. */
void bench_run_parse_counts(struct bench_run *run, char **argv);
void bench_run_parse_cpus(struct bench_run *run, char **argv);

/* PROGRAM WARM_UP MEASURED PAUSE_NANOS CPU CPU; on a wrong one prints it and exits with 2. */
void bench_run_parse(struct bench_run *run, int argc, char **argv);

/* Prints what failed, with errno's text, and exits with 1. */
_Noreturn void bench_fail(const char *what);

/* Confines the calling thread to these processors; none when the first is negative. */
void bench_pin(const int *cpus, size_t count);

/* Memory for the measured latencies, already touched; the caller frees it. */
uint64_t *bench_latencies(const struct bench_run *run);

/* One number of nanoseconds a line, on standard output. */
void bench_print(const struct bench_run *run, const uint64_t *latencies);

#endif
