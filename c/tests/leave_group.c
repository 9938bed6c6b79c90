/* Leaves the process group that it leads for its parent's, says "ready", and waits. */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	if (setpgid(0, getpgid(getppid())) < 0)
		perror("setpgid");
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}
