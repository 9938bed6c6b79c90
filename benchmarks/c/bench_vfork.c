/* A floor of the start benchmark: vfork and execve. */
#include "bench_start.h"

#include <unistd.h>

extern char **environ;

static pid_t start(char *program)
{
	char *arguments[] = {program, NULL};
	pid_t pid = vfork();

	if (pid == 0) {
		execve(program, arguments, environ);
		_exit(127);
	}
	return pid;
}

int main(int argc, char **argv)
{
	return bench_start_main(argc, argv, start);
}
