/* Replies with the request. */
#include <belfry/worker.h>

static int process(struct belfry_worker *worker, void *state, const struct belfry_request *request)
{
	(void)state;
	return -belfry_reply(worker, request->data, request->size);
}

int main(void)
{
	static const struct belfry_module module = BELFRY_MODULE(.process = process);

	return belfry_worker_run(&module);
}
