/*
 * Makes belfry-host run on every glibc since 2.17, whichever it is linked against. Newer ones have new versions of old
 * functions, which a program takes when it is linked; here are functions of the same names that come first and call the
 * old versions. Hidden: a module that is loaded binds to its own libc.
 *
 *	__libc_start_main	2.34	calls no constructors of a program; this one has none
 *	dlopen and its kind	2.34	from libdl, which is empty since and yet there
 *	stat, fstat		2.33	inline functions before
 *	memfd_create		2.27
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __x86_64__
#define OLDEST "GLIBC_2.2.5"
#else
#define OLDEST "GLIBC_2.17"
#endif
#define HIDDEN __attribute__((visibility("hidden")))
#define OLD(function) __asm__(".symver old_" #function "," #function "@" OLDEST)

typedef int main_function(int argc, char **argv, char **environment);

OLD(__libc_start_main);
extern int old___libc_start_main(main_function *main, int argc, char **argv, void (*init)(void),
				 void (*fini)(void), void (*loader_fini)(void), void *stack_end);
OLD(dlopen);
extern void *old_dlopen(const char *file, int mode);
OLD(dlsym);
extern void *old_dlsym(void *handle, const char *name);
OLD(dlerror);
extern char *old_dlerror(void);
OLD(dlclose);
extern int old_dlclose(void *handle);

HIDDEN int __libc_start_main(main_function *main, int argc, char **argv, void (*init)(void),
			     void (*fini)(void), void (*loader_fini)(void), void *stack_end);

/* Called by the C library's start file. */
int __libc_start_main(main_function *main, int argc, char **argv, void (*init)(void),
		      void (*fini)(void), void (*loader_fini)(void), void *stack_end)
{
	return old___libc_start_main(main, argc, argv, init, fini, loader_fini, stack_end);
}

HIDDEN void *dlopen(const char *file, int mode)
{
	return old_dlopen(file, mode);
}

HIDDEN void *dlsym(void *handle, const char *name)
{
	return old_dlsym(handle, name);
}

HIDDEN char *dlerror(void)
{
	return old_dlerror();
}

HIDDEN int dlclose(void *handle)
{
	return old_dlclose(handle);
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
