/* See signals.h. */
#include "signals.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Atomic, because the handler may run in another thread than the worker's. */
static atomic_bool leave;
static bool leave_seen;
static pid_t waiting_thread;

/*
 * The signal may go to a thread of the program's own, which then wakes the worker's thread by
 * SIGUSR1. If that isn't asleep, its next sleep ends early once, which does no harm.
 */
static void on_leave(int signal)
{
	const int saved_errno = errno;

	(void)signal;
	atomic_store_explicit(&leave, true, memory_order_relaxed);
	if ((pid_t)syscall(SYS_gettid) != waiting_thread)
		syscall(SYS_tgkill, getpid(), waiting_thread, SIGUSR1);
	errno = saved_errno;
}

static void set_of(sigset_t *set, bool with_doorbell)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	if (with_doorbell)
		sigaddset(set, SIGUSR1);
}

/* A forked child is no worker: nothing there reads the flag or waits for the doorbell. */
static void in_forked_child(void)
{
	static const int leaving[] = {SIGTERM, SIGINT};
	sigset_t doorbell;

	for (size_t i = 0; i < sizeof leaving / sizeof *leaving; i++) {
		struct sigaction action;

		if (sigaction(leaving[i], NULL, &action) == 0 && action.sa_handler == on_leave)
			signal(leaving[i], SIG_DFL);
	}
	sigemptyset(&doorbell);
	sigaddset(&doorbell, SIGUSR1);
	sigprocmask(SIG_UNBLOCK, &doorbell, NULL);
}

int belfry_signals_own(void)
{
	struct sigaction action = {.sa_handler = on_leave, .sa_flags = SA_RESTART};
	sigset_t doorbell;

	waiting_thread = (pid_t)syscall(SYS_gettid);
	sigemptyset(&doorbell);
	sigaddset(&doorbell, SIGUSR1);
	sigemptyset(&action.sa_mask);
	if (sigprocmask(SIG_BLOCK, &doorbell, NULL) < 0 || sigaction(SIGTERM, &action, NULL) < 0 ||
	    sigaction(SIGINT, &action, NULL) < 0)
		return -errno;
	return -pthread_atfork(NULL, NULL, in_forked_child);
}

void belfry_signals_ask_to_leave(void)
{
	atomic_store_explicit(&leave, true, memory_order_relaxed);
}

bool belfry_signals_leave(void)
{
	return atomic_load_explicit(&leave, memory_order_relaxed);
}

int belfry_signals_wait(void)
{
	const struct timespec second = {.tv_sec = 1};
	sigset_t leaving, awaited, before;
	int result;

	/*
	 * First block, then look at the flag: a TERM that comes in between stays pending until
	 * sigtimedwait takes it. A handler alone would have run before the sleep began.
	 */
	set_of(&leaving, false);
	set_of(&awaited, true);
	sigprocmask(SIG_BLOCK, &leaving, &before);
	if (belfry_signals_leave() && !leave_seen) {
		leave_seen = true;
		result = -EINTR;
	} else {
		result = sigtimedwait(&awaited, NULL, &second);
		if (result < 0)
			result = -errno;
	}
	sigprocmask(SIG_SETMASK, &before, NULL);

	if (result == SIGTERM || result == SIGINT) {
		atomic_store_explicit(&leave, true, memory_order_relaxed);
		leave_seen = true;
		return -EINTR;
	}
	return result == SIGUSR1 ? 0 : result;
}
