/*
 * Loads a module and is its main: belfry-host [--once[=TYPE]] MODULE.so [ARGUMENT...]
 *
 * A module is a shared object with one symbol, `const struct belfry_module belfry_module`. It is
 * loaded before the host attaches to its master, so that a run by hand tells what is wrong with a
 * module. It stays loaded until the process ends: what it registered (atexit, threads) may run.
 *
 * A name without a slash is a file in the current directory; when there is none, the system looks
 * for it as it does for every shared object (LD_LIBRARY_PATH, ld.so.cache).
 */
#include "belfry_once.h"
#include "module.h"

#include <belfry/version.h>
#include <belfry/worker.h>

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char usage[] = "usage: belfry-host [--once[=TYPE]] MODULE.so [ARGUMENT...]\n";

static const char help[] =
	"\n"
	"A worker of a Belfry pool, to be started by its master, that does what MODULE.so says: a\n"
	"shared object with the symbol belfry_module, a const struct belfry_module of\n"
	"<belfry/worker.h>. A name without a slash is a file in the current directory; when there\n"
	"is none, the system looks for it as it does for every shared object (LD_LIBRARY_PATH).\n"
	"The arguments are the module's, by belfry_worker_arguments.\n"
	"\n"
	"  --once[=TYPE]  runs the module without a master, for unit tests and gdb: standard input is\n"
	"                 the one request, of that type (0), and standard output gets the reply. With\n"
	"                 a fault there is no reply; the code and the detail are a line on standard\n"
	"                 error, and the exit status is 3\n"
	"  --help         prints this\n"
	"  --version      prints the version\n";

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

/* False after a line on standard error. */
static bool load(const char *name, struct belfry_module *loaded)
{
	char path[PATH_MAX];
	const struct belfry_module *module;
	char wrong[256];
	void *object;

	if (!find(name, path))
		return false;
	object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (object == NULL) {
		refuse(path, dlerror());
		return false;
	}
	module = dlsym(object, "belfry_module");
	if (module == NULL) {
		const char *reason = dlerror(); /* NULL: the symbol exists, and its value is NULL */

		refuse(path, reason != NULL ? reason : "belfry_module is at address 0");
	} else if (!belfry_module_read(module, loaded, wrong, sizeof wrong))
		refuse(path, wrong);
	else
		return true;
	dlclose(object);
	return false;
}

/* The type of --once or --once=TYPE; false: it is neither. */
static bool parse_once(const char *option, uint32_t *type)
{
	static const char once[] = "--once";
	char *end;
	unsigned long number;

	*type = 0;
	if (strcmp(option, once) == 0)
		return true;
	if (strncmp(option, "--once=", sizeof once) != 0 || option[sizeof once] < '0' ||
	    option[sizeof once] > '9')
		return false;
	errno = 0;
	number = strtoul(option + sizeof once, &end, 10);
	*type = (uint32_t)number;
	return errno == 0 && *end == '\0' && number <= UINT32_MAX;
}

int main(int argc, char **argv)
{
	struct belfry_module module;
	uint32_t type = 0;
	bool once;

	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return printf("%s%s", usage, help) < 0 || fflush(stdout) == EOF;
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return puts("belfry-host " BELFRY_VERSION) == EOF || fflush(stdout) == EOF;
	once = argc > 1 && parse_once(argv[1], &type);
	argv += once ? 2 : 1;
	if (argc < (once ? 3 : 2) || argv[0][0] == '-' || argv[0][0] == '\0') {
		fputs(usage, stderr);
		return 2;
	}
	if (once && !belfry_once_prepare())
		return 1;
	if (!load(argv[0], &module))
		return 2;
	return once ? belfry_once_run(&module, argv + 1, type) : belfry_module_run(&module, argv + 1);
}
