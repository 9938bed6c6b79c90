/* See module.h. */
#include "module.h"

#include <stdio.h>
#include <string.h>

/* What was written without BELFRY_MODULE begins with 0 or with the address of a function. */
bool belfry_module_read(const struct belfry_module *module, struct belfry_module *copy,
			char *reason, size_t reason_bytes)
{
	const size_t bytes = module->size;

	if (bytes == 0 || bytes > sizeof *copy || bytes % _Alignof(struct belfry_module) != 0) {
		snprintf(reason, reason_bytes,
			 "belfry_module has a size of %zu and this worker knows up to %zu: "
			 "initialize it with BELFRY_MODULE, of the same release of Belfry",
			 bytes, sizeof *copy);
		return false;
	}
	*copy = (struct belfry_module){0};
	memcpy(copy, module, bytes);
	if (copy->process == NULL) {
		snprintf(reason, reason_bytes, "belfry_module has no process");
		return false;
	}
	return true;
}
