/*
 * Makes a program run on every glibc since 2.17, whichever it is linked against. Newer ones have new versions of old
 * functions, which a program takes when it is linked; here are functions of the same names that come first and call the
 * old versions, or the kernel. glibc_2_17_dl.c is for programs that load shared objects.
 *
 *	__libc_start_main	2.34	calls no constructors of a program; these have none
 *	stat, fstat		2.33	inline functions before
 *	memfd_create		2.27
 */
#include "glibc_2_17.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef int main_function(int argc, char **argv, char **environment);

OLD(__libc_start_main);
extern int old___libc_start_main(main_function *main, int argc, char **argv, void (*init)(void),
				 void (*fini)(void), void (*loader_fini)(void), void *stack_end);

HIDDEN int __libc_start_main(main_function *main, int argc, char **argv, void (*init)(void),
			     void (*fini)(void), void (*loader_fini)(void), void *stack_end);

/* Called by the C library's start file. */
int __libc_start_main(main_function *main, int argc, char **argv, void (*init)(void),
		      void (*fini)(void), void (*loader_fini)(void), void *stack_end)
{
	return old___libc_start_main(main, argc, argv, init, fini, loader_fini, stack_end);
}

/* The kernel's struct is libc's on x86-64 and aarch64. */
HIDDEN int stat(const char *path, struct stat *status)
{
	return (int)syscall(SYS_newfstatat, AT_FDCWD, path, status, 0);
}

HIDDEN int fstat(int fd, struct stat *status)
{
	return (int)syscall(SYS_fstat, fd, status);
}

HIDDEN int memfd_create(const char *name, unsigned flags)
{
	return (int)syscall(SYS_memfd_create, name, flags);
}
