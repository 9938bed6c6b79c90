/*
 * Prints "hello world" every second and "get signal" each time SIGUSR1 wakes it; SIGINT ends it.
 *
 * Both signals stay blocked and are taken by sigtimedwait, never by a handler, so none is lost
 * between a check and a sleep:
 *
 *   handler and pause()              here
 *     if (!got_signal)                 sigtimedwait: takes what is pending,
 *       <- the signal comes here         or sleeps until it comes or the second is over
 *       pause();  sleeps for good
 *
 * A SIGUSR1 that came before main is still pending if it was blocked when the program was started.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

enum { SECOND_NANOS = 1000000000 };

static long long monotonic_nanos(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long)now.tv_sec * SECOND_NANOS + now.tv_nsec;
}

static int print_line(const char *line)
{
	if (puts(line) == EOF || fflush(stdout) == EOF) {
		fprintf(stderr, "test_signal_recv: standard output: %s\n", strerror(errno));
		return -1;
	}
	return 0;
}

/* The next signal of the set, or 0 once the deadline has passed: no storm of signals delays it. */
static int wait_until(const sigset_t *signals, long long deadline_nanos)
{
	long long left;

	while ((left = deadline_nanos - monotonic_nanos()) > 0) {
		const struct timespec timeout = {
			.tv_sec = (time_t)(left / SECOND_NANOS),
			.tv_nsec = (long)(left % SECOND_NANOS),
		};
		int signal = sigtimedwait(signals, NULL, &timeout);

		if (signal > 0)
			return signal;
	}
	return 0;
}

/* For a SIGUSR1 that is pending beside SIGINT: the kernel delivers the lower number first. */
static int report_pending(void)
{
	const struct timespec now = {0, 0};
	sigset_t doorbell;

	sigemptyset(&doorbell);
	sigaddset(&doorbell, SIGUSR1);
	return sigtimedwait(&doorbell, NULL, &now) == SIGUSR1 ? print_line("get signal") : 0;
}

/*
 * Not SIGINT where it is ignored, as it is in what a shell runs in the background, unless it is
 * blocked: a master that has blocked it means to send it.
 */
static void block_signals(sigset_t *signals)
{
	struct sigaction interrupt;
	sigset_t blocked;

	sigemptyset(signals);
	sigaddset(signals, SIGUSR1);
	sigaction(SIGINT, NULL, &interrupt);
	sigprocmask(SIG_BLOCK, NULL, &blocked);
	if (interrupt.sa_handler != SIG_IGN || sigismember(&blocked, SIGINT) == 1)
		sigaddset(signals, SIGINT);
	sigprocmask(SIG_BLOCK, signals, NULL);
}

int main(void)
{
	sigset_t signals;
	long long next_line_nanos;

	block_signals(&signals);
	prctl(PR_SET_NAME, "test_signal_recv");
	next_line_nanos = monotonic_nanos();

	for (;;) {
		switch (wait_until(&signals, next_line_nanos)) {
		case SIGINT:
			return report_pending() < 0;
		case SIGUSR1:
			if (print_line("get signal") < 0)
				return 1;
			break;
		default:
			if (print_line("hello world") < 0)
				return 1;
			next_line_nanos = monotonic_nanos() + SECOND_NANOS;
		}
	}
}
