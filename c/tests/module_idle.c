/* A module that can do nothing. */
#include <belfry/worker.h>

BELFRY_EXPORT const struct belfry_module belfry_module = {.process = NULL};
