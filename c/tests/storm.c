/*
 * storm PROGRAM [ARGUMENT...]
 *
 * Runs PROGRAM in a storm of SIGUSR1: every process that it starts gets one after the other, from
 * its creation on. Only PROGRAM itself starts with the signal ignored, because it may be a VM. Has
 * to be the first process of a pid namespace, so that the storm hits no other process.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	pid_t program, ended;
	int status;

	if (argc < 2 || getpid() != 1) {
		fprintf(stderr, "usage: unshare --pid --fork --mount-proc storm PROGRAM...\n");
		return 2;
	}
	signal(SIGUSR1, SIG_IGN);
	program = fork();
	if (program == 0) {
		execvp(argv[1], argv + 1);
		fprintf(stderr, "storm: %s: %s\n", argv[1], strerror(errno));
		_exit(127);
	}
	do {
		kill(-1, SIGUSR1);
		ended = waitpid(-1, &status, WNOHANG);
	} while (ended != program && !(ended < 0 && errno == ECHILD));
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return 128 + WTERMSIG(status);
}
