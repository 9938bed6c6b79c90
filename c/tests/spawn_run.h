/* For the tests of belfry_spawn: runs `reveal`, which prints what it was started with. */
#ifndef BELFRY_TEST_SPAWN_RUN_H
#define BELFRY_TEST_SPAWN_RUN_H

#include "belfry_spawn.h"
#include "check.h"

#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char *reveal_path;

struct run {
	char *programs[3];
	char *arguments[3];
	char *environment[2];
	struct belfry_descriptor descriptors[4];
	struct belfry_spawn plan;
	struct belfry_spawned spawned;
	int output[2];
	char text[8192];
};

/* A plan that runs `reveal` with its output into a pipe. */
static inline void prepare(struct run *run)
{
	memset(run, 0, sizeof *run);
	CHECK(pipe2(run->output, O_CLOEXEC) == 0);
	run->programs[0] = reveal_path;
	run->arguments[0] = (char *)"reveal";
	run->environment[0] = (char *)"ONLY=this";
	run->descriptors[0] = (struct belfry_descriptor){BELFRY_INHERIT, 0};
	run->descriptors[1] = (struct belfry_descriptor){run->output[1], 1};
	run->descriptors[2] = (struct belfry_descriptor){BELFRY_INHERIT, 2};
	run->plan = (struct belfry_spawn){
		.programs = run->programs,
		.program_fd = -1,
		.arguments = run->arguments,
		.environment = run->environment,
		.descriptors = run->descriptors,
		.descriptor_count = 3,
		.umask = BELFRY_UNCHANGED,
		.uid = BELFRY_UNCHANGED,
		.gid = BELFRY_UNCHANGED,
		.want_pidfd = true,
	};
}

static inline void collect(struct run *run)
{
	size_t filled = 0;
	ssize_t got;

	close(run->output[1]);
	while ((got = read(run->output[0], run->text + filled, sizeof run->text - 1 - filled)) > 0)
		filled += (size_t)got;
	close(run->output[0]);
}

static inline int finish(struct run *run)
{
	int status;

	collect(run);
	CHECK(waitpid(run->spawned.pid, &status, 0) == run->spawned.pid);
	close(run->spawned.pidfd);
	return status;
}

static inline bool revealed(const struct run *run, const char *line)
{
	const char *found = strstr(run->text, line);

	if (found != NULL && (found == run->text || found[-1] == '\n') &&
	    found[strlen(line)] == '\n')
		return true;
	fprintf(stderr, "no line '%s' in:\n%s", line, run->text);
	return false;
}

#endif
