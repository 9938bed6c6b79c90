/* See bench_start.h. */
#include "bench_start.h"

#include "bench_clock.h"
#include "bench_run.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

struct times {
	uint64_t runs_nanos;
	uint64_t exit_nanos;
};

static struct times time_start(bench_starter *start, char *program)
{
	uint64_t started_nanos = bench_now_nanos();
	pid_t pid = start(program);
	uint64_t runs_nanos = bench_now_nanos();
	uint64_t exit_nanos;
	int status;

	if (pid < 0)
		bench_fail(program);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			bench_fail("waitpid");
	exit_nanos = bench_now_nanos();
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		errno = ECHILD;
		bench_fail(program);
	}
	return (struct times){.runs_nanos = runs_nanos - started_nanos,
			      .exit_nanos = exit_nanos - started_nanos};
}

int bench_start_main(int argc, char **argv, bench_starter *start)
{
	struct bench_run run;
	struct times *times;

	bench_run_parse(&run, argc, argv);
	times = calloc(run.measured, sizeof *times);
	if (times == NULL)
		bench_fail("calloc");
	bench_pin(run.cpus, 2);
	for (size_t i = 0; i < run.warm_up; i++) {
		bench_spin(run.pause_nanos);
		time_start(start, run.program);
	}
	for (size_t i = 0; i < run.measured; i++) {
		bench_spin(run.pause_nanos);
		times[i] = time_start(start, run.program);
	}
	for (size_t i = 0; i < run.measured; i++)
		printf("runs %" PRIu64 "\nexit %" PRIu64 "\n", times[i].runs_nanos,
		       times[i].exit_nanos);
	if (fflush(stdout) == EOF)
		bench_fail("standard output");
	free(times);
	return 0;
}
