#include "bench_run.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARGUMENTS = 6 };

long bench_parse(const char *name, const char *text, long low, long high)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || value < low || value > high) {
		fprintf(stderr, "%s is '%s', not a number from %ld to %ld\n", name, text, low,
			high);
		exit(2);
	}
	return value;
}

void bench_run_parse_counts(struct bench_run *run, char **argv)
{
	run->warm_up = (size_t)bench_parse("WARM_UP", argv[0], 0, BENCH_MAX);
	run->measured = (size_t)bench_parse("MEASURED", argv[1], 1, BENCH_MAX);
}

void bench_run_parse_cpus(struct bench_run *run, char **argv)
{
	run->cpus[0] = (int)bench_parse("CPU", argv[0], -1, BENCH_MAX_CPU);
	run->cpus[1] = (int)bench_parse("CPU", argv[1], -1, BENCH_MAX_CPU);
}

void bench_run_parse(struct bench_run *run, int argc, char **argv)
{
	if (argc != ARGUMENTS + 1) {
		fprintf(stderr, "usage: %s PROGRAM WARM_UP MEASURED PAUSE_NANOS CPU CPU\n",
			argv[0]);
		exit(2);
	}
	run->program = argv[1];
	bench_run_parse_counts(run, argv + 2);
	run->pause_nanos = (uint64_t)bench_parse("PAUSE_NANOS", argv[4], 0, BENCH_MAX);
	bench_run_parse_cpus(run, argv + 5);
}

void bench_fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

void bench_pin(const int *cpus, size_t count)
{
	cpu_set_t set;

	if (cpus[0] < 0)
		return;
	CPU_ZERO(&set);
	for (size_t i = 0; i < count; i++)
		CPU_SET((size_t)cpus[i], &set);
	if (sched_setaffinity(0, sizeof set, &set) < 0)
		bench_fail("sched_setaffinity");
}

uint64_t *bench_latencies(const struct bench_run *run)
{
	uint64_t *latencies = malloc(run->measured * sizeof *latencies);

	if (latencies == NULL)
		bench_fail("malloc");
	memset(latencies, 0xff, run->measured * sizeof *latencies);
	return latencies;
}

void bench_print(const struct bench_run *run, const uint64_t *latencies)
{
	for (size_t i = 0; i < run->measured; i++)
		printf("%" PRIu64 "\n", latencies[i]);
	if (fflush(stdout) == EOF)
		bench_fail("standard output");
}
