/* A floor of the start benchmark: posix_spawn. */
#include "bench_start.h"

#include <errno.h>
#include <spawn.h>

extern char **environ;

static pid_t start(char *program)
{
	char *arguments[] = {program, NULL};
	pid_t pid;

	errno = posix_spawn(&pid, program, NULL, NULL, arguments, environ);
	return errno == 0 ? pid : -1;
}

int main(int argc, char **argv)
{
	return bench_start_main(argc, argv, start);
}
