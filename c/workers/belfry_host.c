/*
 * Loads a module and is its main: belfry-host MODULE.so [ARGUMENT...]
 *
 * A module is a shared object with one symbol, `const struct belfry_module belfry_module`. It is
 * loaded before the host attaches to its master, so that a run by hand tells what is wrong with a
 * module. It stays loaded until the process ends: what it registered (atexit, threads) may run.
 *
 * A name without a slash is a file in the current directory; when there is none, the system looks
 * for it as it does for every shared object (LD_LIBRARY_PATH, ld.so.cache).
 */
#include "module.h"

#include <belfry/version.h>
#include <belfry/worker.h>

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char usage[] = "usage: belfry-host MODULE.so [ARGUMENT...]\n";

static const char help[] =
	"\n"
	"A worker of a Belfry pool, to be started by its master, that does what MODULE.so says: a\n"
	"shared object with the symbol belfry_module, a const struct belfry_module of\n"
	"<belfry/worker.h>. A name without a slash is a file in the current directory; when there\n"
	"is none, the system looks for it as it does for every shared object (LD_LIBRARY_PATH).\n"
	"The arguments are the module's, by belfry_worker_arguments.\n"
	"\n"
	"  --help     prints this\n"
	"  --version  prints the version\n";

/* The loader's message begins with the path if that is the file which it couldn't load. */
static void refuse(const char *path, const char *reason)
{
	size_t length = strlen(path);

	if (strncmp(reason, path, length) == 0 && strncmp(reason + length, ": ", 2) == 0)
		reason += length + 2;
	fprintf(stderr, "belfry-host: %s: %s\n", path, reason);
}

/* The path to load; false: it may not be opened, as a FIFO, which would hang the loader. */
static bool find(const char *name, char path[PATH_MAX])
{
	struct stat status;
	int length = snprintf(path, PATH_MAX, "%s%s", strchr(name, '/') == NULL ? "./" : "", name);

	if (length >= PATH_MAX) {
		refuse(name, strerror(ENAMETOOLONG));
		return false;
	}
	if (stat(path, &status) == 0) {
		if (S_ISREG(status.st_mode))
			return true;
		refuse(path, S_ISDIR(status.st_mode) ? "is a directory" : "not a regular file");
		return false;
	}
	memcpy(path, name, strlen(name) + 1);
	return true;
}

static const struct belfry_module *load(const char *name)
{
	char path[PATH_MAX];
	const struct belfry_module *module;
	struct belfry_module known;
	char wrong[256];
	void *object;

	if (!find(name, path))
		return NULL;
	object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (object == NULL) {
		refuse(path, dlerror());
		return NULL;
	}
	module = dlsym(object, "belfry_module");
	if (module == NULL) {
		const char *reason = dlerror(); /* NULL: the symbol exists, and its value is NULL */

		refuse(path, reason != NULL ? reason : "belfry_module is at address 0");
	} else if (!belfry_module_read(module, &known, wrong, sizeof wrong))
		refuse(path, wrong);
	else
		return module;
	dlclose(object);
	return NULL;
}

int main(int argc, char **argv)
{
	const struct belfry_module *module;

	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return printf("%s%s", usage, help) < 0 || fflush(stdout) == EOF;
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return puts("belfry-host " BELFRY_VERSION) == EOF || fflush(stdout) == EOF;
	if (argc < 2 || argv[1][0] == '-' || argv[1][0] == '\0') {
		fputs(usage, stderr);
		return 2;
	}
	module = load(argv[1]);
	return module == NULL ? 2 : belfry_module_run(module, argv + 2);
}
