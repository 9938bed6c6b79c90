/*
 * clone(CLONE_VM | CLONE_VFORK), then execve. Parent's half; the child's is in spawn_child.c.
 *
 * Three ways to start a program, and why this one:
 *
 *   fork         copies the page tables. A JVM with 2 GB of heap pays tens of milliseconds for it,
 *                and one page fault per page that either side touches afterwards.
 *   posix_spawn  is cheap, but can't set limits, affinity, the death signal or a user, can't say
 *                which step failed, and glibc's doesn't give a pidfd.
 *   clone        with CLONE_VM | CLONE_VFORK lends the parent's memory to the child, while the
 *                calling thread stands still until the child has called execve or _exit. Nothing
 *                is copied; the child reports a failure by writing to that memory.
 *
 * In borrowed memory the child must not return into the parent's frames (it has a stack of its
 * own), must not run a signal handler of the parent's (every signal is blocked from before the
 * clone until the child has set each disposition to default), must not allocate, and must not call
 * a libc wrapper that signals other threads (setuid and its kind do).
 */
#include "belfry_spawn.h"
#include "spawn_child.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x00001000
#endif

enum { STACK_BYTES = 16 * 1024 };

/* libc's wrapper leaves out the two signals that it uses itself; here they have to be blocked. */
static void set_signal_mask(const uint64_t *mask, uint64_t *previous)
{
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, mask, previous, sizeof *mask);
}

static void reap(pid_t pid)
{
	siginfo_t info;

	while (waitid(P_PID, (id_t)pid, &info, WEXITED) < 0 && errno == EINTR)
		;
}

static int failed(struct belfry_spawned *spawned, const char *step, int error)
{
	spawned->step = step;
	return -error;
}

static int clone_child(struct belfry_child *child, struct belfry_spawned *spawned)
{
	/* In this frame, which stands still meanwhile; mapping a stack costs a fifth more. */
	_Alignas(16) char stack[STACK_BYTES];
	const uint64_t all_signals = ~UINT64_C(0);
	int flags = CLONE_VM | CLONE_VFORK | SIGCHLD;
	uint64_t previous_mask;
	int pidfd = -1;
	int error;
	pid_t pid;

	if (child->plan->want_pidfd)
		flags |= CLONE_PIDFD;

	set_signal_mask(&all_signals, &previous_mask);
	pid = clone(belfry_child_main, stack + STACK_BYTES, flags, child, &pidfd);
	error = errno;
	set_signal_mask(&previous_mask, NULL);

	if (pid < 0)
		return failed(spawned, "clone", error);
	if (child->step != NULL) {
		reap(pid);
		if (pidfd >= 0)
			close(pidfd);
		spawned->index = child->index;
		return failed(spawned, child->step, child->error);
	}
	spawned->pid = pid;
	spawned->pidfd = pidfd;
	return 0;
}

int belfry_spawn(const struct belfry_spawn *plan, struct belfry_spawned *spawned)
{
	struct belfry_child child = {.plan = plan, .parent = getpid()};
	int result;

	*spawned = (struct belfry_spawned){.pid = -1, .pidfd = -1};
	if (plan->set_oom_score)
		snprintf(child.oom_score, sizeof child.oom_score, "%d", plan->oom_score_adjust);
	child.moved = calloc(plan->descriptor_count + 1, sizeof *child.moved);
	if (child.moved == NULL)
		return failed(spawned, "malloc", ENOMEM);
	result = clone_child(&child, spawned);
	free(child.moved);
	return result;
}
