/* See bench_start.h. */
#include "bench_start.h"

#include "bench_clock.h"
#include "bench_run.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>

/* Returns the nanoseconds until the program ran. */
static uint64_t time_start(bench_starter *start, char *program)
{
	uint64_t started_nanos = bench_now_nanos();
	pid_t pid = start(program);
	uint64_t running_nanos = bench_now_nanos();
	int status;

	if (pid < 0)
		bench_fail(program);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			bench_fail("waitpid");
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		errno = ECHILD;
		bench_fail(program);
	}
	return running_nanos - started_nanos;
}

int bench_start_main(int argc, char **argv, bench_starter *start)
{
	struct bench_run run;
	uint64_t *latencies;

	bench_run_parse(&run, argc, argv);
	latencies = bench_latencies(&run);
	bench_pin(run.cpus, 2);
	for (size_t i = 0; i < run.warm_up; i++) {
		bench_spin(run.pause_nanos);
		time_start(start, run.program);
	}
	for (size_t i = 0; i < run.measured; i++) {
		bench_spin(run.pause_nanos);
		latencies[i] = time_start(start, run.program);
	}
	bench_print(&run, latencies);
	free(latencies);
	return 0;
}
