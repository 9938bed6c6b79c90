/* A module as an older worker.h lays it out, without fini. What follows it isn't a member. */
#include <belfry/worker.h>

#include <stdlib.h>

static int process(struct belfry_worker *worker, void *state, const struct belfry_request *request)
{
	(void)state;
	return -belfry_reply(worker, request->data, request->size);
}

static void no_member(struct belfry_worker *worker, void *state)
{
	(void)worker;
	(void)state;
	abort();
}

BELFRY_EXPORT const struct belfry_module belfry_module = {
	.size = offsetof(struct belfry_module, fini),
	.process = process,
	.fini = no_member,
};
