/* Runs one of the bundled workers with its output in pipes. */
#ifndef BELFRY_TEST_WORKER_RUN_H
#define BELFRY_TEST_WORKER_RUN_H

#include "check.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct worker_run {
	pid_t pid;
	FILE *out;
	FILE *err;
	char line[4096];
};

/* `before_exec` runs in the child: block a signal, change the directory... */
static inline void worker_start(struct worker_run *run, char **command, void (*before_exec)(void))
{
	int out[2], err[2];

	CHECK(pipe(out) == 0 && pipe(err) == 0);
	run->pid = fork();
	CHECK(run->pid >= 0);
	if (run->pid == 0) {
		dup2(out[1], 1);
		dup2(err[1], 2);
		close(out[0]);
		close(err[0]);
		if (before_exec != NULL)
			before_exec();
		execv(command[0], command);
		_exit(127);
	}
	close(out[1]);
	close(err[1]);
	run->out = fdopen(out[0], "r");
	run->err = fdopen(err[0], "r");
}

/* The next line without its newline; an empty string at the end. */
static inline const char *worker_line(struct worker_run *run, FILE *stream)
{
	if (fgets(run->line, sizeof run->line, stream) == NULL)
		return "";
	run->line[strcspn(run->line, "\n")] = '\0';
	return run->line;
}

static inline int worker_status(struct worker_run *run)
{
	int status;

	CHECK(waitpid(run->pid, &status, 0) == run->pid);
	fclose(run->out);
	fclose(run->err);
	return status;
}

#endif
