/* A module that wasn't initialized with BELFRY_MODULE. */
#include <belfry/worker.h>

static int process(struct belfry_worker *worker, void *state, const struct belfry_request *request)
{
	(void)state;
	return -belfry_reply(worker, request->data, request->size);
}

BELFRY_EXPORT const struct belfry_module belfry_module = {.process = process};
