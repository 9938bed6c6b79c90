/* A struct belfry_module as any version of worker.h has laid it out. */
#ifndef BELFRY_MODULE_H
#define BELFRY_MODULE_H

#include <belfry/worker.h>

#include <stdbool.h>

enum { BELFRY_BAD_MODULE = 2 }; /* the exit status */

/*
 * Copies the module; members that an older worker.h didn't have are NULL. False: it can't be used,
 * and `reason`, of `reason_bytes`, says why.
 */
bool belfry_module_read(const struct belfry_module *module, struct belfry_module *copy,
			char *reason, size_t reason_bytes);

/* belfry_worker_run, with arguments that end with NULL, for belfry_worker_arguments. */
int belfry_module_run(const struct belfry_module *module, char **arguments);

#endif
