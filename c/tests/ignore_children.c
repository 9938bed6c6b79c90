/* A library that a VM loads and that ignores SIGCHLD, as other libraries may. */
#include <signal.h>

__attribute__((constructor)) static void ignore_children(void)
{
	signal(SIGCHLD, SIG_IGN);
}
