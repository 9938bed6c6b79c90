/*
 * Loads the shim named by the argument as System.load does, with all of its symbols, and finds what the VM calls. Linked
 * with musl, it shows that the shim, which is linked with glibc, needs nothing that musl lacks.
 */
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	void *shim = argc == 2 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;

	if (shim == NULL || dlsym(shim, "JNI_OnLoad") == NULL) {
		fprintf(stderr, "load_shim: %s\n", argc == 2 ? dlerror() : "usage: load_shim FILE");
		return 1;
	}
	return 0;
}
