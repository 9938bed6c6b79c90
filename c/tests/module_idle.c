/* A module without a function. */
#include <belfry/worker.h>

BELFRY_EXPORT const struct belfry_module belfry_module = BELFRY_MODULE(.process = NULL);
