/*
 * A library that a VM loads and that forks a child which never calls execve: it has a copy of each
 * of the VM's descriptors, also a while after the VM's end.
 */
#include <time.h>
#include <unistd.h>

enum { LOOK_NANOS = 10 * 1000 * 1000, LONGER_NANOS = 300 * 1000 * 1000 };

static void sleep_nanos(long nanos)
{
	const struct timespec time = {.tv_nsec = nanos};

	nanosleep(&time, NULL);
}

__attribute__((constructor)) static void fork_child(void)
{
	const pid_t parent = getpid();

	if (fork() != 0)
		return;
	while (getppid() == parent)
		sleep_nanos(LOOK_NANOS);
	sleep_nanos(LONGER_NANOS);
	_exit(0);
}
