/*
 * Prints "ready", then a line for each signal that it takes ("SIGINT from 123"), and ends on
 * SIGTERM with the number of SIGINTs as its exit status. Every signal it counts is blocked from
 * the start, so standard ones count once while one is pending; real-time ones count each.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/types.h>

int main(void)
{
	siginfo_t info;
	sigset_t signals;
	int interrupts = 0;

	sigfillset(&signals);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	puts("ready");
	fflush(stdout);
	for (;;) {
		int signal = sigwaitinfo(&signals, &info);

		if (signal < 0)
			continue;
		if (signal == SIGTERM)
			return interrupts;
		interrupts += signal == SIGINT;
		printf("signal %d value %d from %d\n", signal,
		       info.si_code == SI_QUEUE ? info.si_value.sival_int : 0, (int)info.si_pid);
		fflush(stdout);
	}
}
