/*
 * The child's half of belfry_spawn: runs between clone and execve, in the parent's memory.
 * All of it is async-signal-safe: no allocation, no locks, no stdio.
 */
#ifndef BELFRY_SPAWN_CHILD_H
#define BELFRY_SPAWN_CHILD_H

#include "belfry_spawn.h"

struct belfry_child {
	const struct belfry_spawn *plan;
	pid_t parent;
	int *moved;	   /* scratch: a descriptor number for each of plan->descriptors */
	int program_fd;	   /* plan->program_fd, moved out of the targets' way */
	char oom_score[8]; /* plan->oom_score_adjust as text, or empty */
	int oom_score_fd;

	/* Written by the child when a step fails, read by the parent once the child is gone. */
	const char *step;
	size_t index;
	int error;
};

/* For clone(2); `child` is a struct belfry_child. Never returns to the parent's frames. */
int belfry_child_main(void *child);

/*
 * Closes first..last (inclusive), at the latest in execve, except `keep`, which execve closes in
 * any case; -1: none. 0 or -errno.
 */
int belfry_close_between(unsigned first, unsigned last, int keep);

#endif
