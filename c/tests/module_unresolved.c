/* A module whose process is undefined: an error when it is loaded, not at the first request. */
#include <belfry/worker.h>

int belfry_test_missing(struct belfry_worker *worker, void *state,
			const struct belfry_request *request);

static int process(struct belfry_worker *worker, void *state, const struct belfry_request *request)
{
	return belfry_test_missing(worker, state, request);
}

BELFRY_EXPORT const struct belfry_module belfry_module = BELFRY_MODULE(.process = process);
