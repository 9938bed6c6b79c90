/* A module that uses every function of the host's library. */
#include <belfry/worker.h>

#include <errno.h>

static int process(struct belfry_worker *worker, void *state, const struct belfry_request *request)
{
	(void)state;
	if (belfry_worker_index(worker) < 0 || belfry_worker_leaving(worker) != 0 ||
	    belfry_request_abandoned(worker) != 0 ||
	    belfry_worker_arguments(worker, NULL)[0] != NULL || belfry_reply_max(worker) == 0)
		return 2;
	if (request->type == 0)
		return -belfry_reply(worker, request->data, request->size);
	return belfry_reply_claim(worker, 1) == NULL ? errno : -belfry_reply_commit(worker, 0);
}

BELFRY_EXPORT const struct belfry_module belfry_module = BELFRY_MODULE(.process = process);
