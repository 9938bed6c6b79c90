/* A shared object, but no module. */
#include <belfry/worker.h>

BELFRY_EXPORT const int belfry_modul = 1;
