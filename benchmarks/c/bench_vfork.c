/*
 * The floor of the start benchmark: vfork and execve, timed until vfork returns, which it does once
 * the program runs. The standard streams are inherited; waiting for the end isn't timed.
 */
#include "bench_clock.h"
#include "bench_run.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* The nanoseconds until it ran. */
static uint64_t start(char *program)
{
	char *arguments[] = {program, NULL};
	uint64_t started_nanos = bench_now_nanos();
	uint64_t running_nanos;
	pid_t pid = vfork();
	int status;

	if (pid == 0) {
		execve(program, arguments, environ);
		_exit(127);
	}
	running_nanos = bench_now_nanos();
	if (pid < 0)
		bench_fail("vfork");
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			bench_fail("waitpid");
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		errno = ECHILD;
		bench_fail(program);
	}
	return running_nanos - started_nanos;
}

int main(int argc, char **argv)
{
	struct bench_run run;
	uint64_t *latencies;

	bench_run_parse(&run, argc, argv);
	latencies = bench_latencies(&run);
	bench_pin(run.cpus, 2);
	for (size_t i = 0; i < run.warm_up; i++) {
		bench_spin(run.pause_nanos);
		start(run.program);
	}
	for (size_t i = 0; i < run.measured; i++) {
		bench_spin(run.pause_nanos);
		latencies[i] = start(run.program);
	}
	bench_print(&run, latencies);
	free(latencies);
	return 0;
}
