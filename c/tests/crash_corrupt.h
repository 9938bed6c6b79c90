/* The part of `crash` that breaks shared memory. */
#ifndef CRASH_CORRUPT_H
#define CRASH_CORRUPT_H

#include <belfry/worker.h>

/* Breaks the rule that `what` names (see crash_corrupt.c) and rings. 0, or -EINVAL: no such rule.
 */
int crash_corrupt(struct belfry_worker *worker, const struct belfry_request *request,
		  const char *what, size_t size);

#endif
