/* As glibc_2_17.c: dlopen and its kind, which have version 2.34 since they are in libc. libdl is empty since, and there. */
#include "glibc_2_17.h"

#include <dlfcn.h>

OLD(dlopen);
extern void *old_dlopen(const char *file, int mode);
OLD(dlsym);
extern void *old_dlsym(void *handle, const char *name);
OLD(dlerror);
extern char *old_dlerror(void);
OLD(dlclose);
extern int old_dlclose(void *handle);

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
