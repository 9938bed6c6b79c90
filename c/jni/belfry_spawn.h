/*
 * Starting a program without copying the caller's page tables.
 *
 * Plain C, without JNI and without policy: a struct belfry_spawn holds all that the caller has
 * decided, and belfry_spawn turns it into one clone(2) and one execve(2).
 */
#ifndef BELFRY_SPAWN_H
#define BELFRY_SPAWN_H

#include "belfry_keeper.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { BELFRY_INHERIT = -1 };

/* The caller's `source` becomes the child's `target`; BELFRY_INHERIT stands for that `target`. */
struct belfry_descriptor {
	int source;
	int target;
};

struct belfry_limit {
	int resource; /* RLIMIT_... */
	uint64_t soft;
	uint64_t hard;
};

enum { BELFRY_UNCHANGED = -1 };

/* The step of a child that couldn't register. It can be started again without the keeper. */
#define BELFRY_KEEPER_STEP "keeper"

/* Everything the child needs. Pointers are borrowed for the duration of the call. */
struct belfry_spawn {
	char *const *programs; /* paths for execve, tried in this order; NULL-terminated */
	int program_fd;	       /* >= 0: run this descriptor instead */
	char *const *arguments;
	char *const *environment;
	const char *directory; /* NULL: the caller's */
	const struct belfry_descriptor
		*descriptors; /* ascending by target; all others are closed */
	size_t descriptor_count;
	const struct belfry_limit *limits;
	size_t limit_count;
	const unsigned char *cpus; /* affinity mask of cpus_bytes bytes; NULL: main thread's */
	size_t cpus_bytes;
	uint64_t blocked_signals; /* bit n - 1: signal n is blocked at start */
	uint64_t ignored_signals; /* likewise; all others have their default dispositions */
	int umask;		  /* BELFRY_UNCHANGED or a mask */
	bool set_nice;
	int nice;
	bool set_oom_score;
	int oom_score_adjust; /* -1000..1000 */
	int uid;	      /* BELFRY_UNCHANGED, or with gid: the user to become */
	int gid;
	const struct belfry_keeper *keeper; /* ends it with the parent; NULL: none */
	bool own_group;
	bool new_session;     /* and with it a group */
	bool die_with_parent; /* where there is no keeper: with the parent *thread*, see
				 PR_SET_PDEATHSIG in prctl(2) */
	bool want_pidfd;
};

struct belfry_spawned {
	pid_t pid;
	int pidfd;	  /* close-on-exec and the caller's to close; -1 where not wanted */
	const char *step; /* on failure: the system call that failed, a string constant */
	size_t index;	  /* on failure: which program, descriptor or limit of the plan */
};

/*
 * Starts the program and waits until it runs or a step has failed. 0: execve succeeded, and the
 * caller has to reap `pid` and close `pidfd`. -errno: `step` and `index` say what failed, and no
 * child and no descriptor is left. Blocks every signal of the calling thread meanwhile. Any thread
 * may call it.
 */
int belfry_spawn(const struct belfry_spawn *plan, struct belfry_spawned *spawned);

#endif
