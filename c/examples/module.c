/*
 * Replies with the request reversed, "abc" as "cba". Not a program: belfry-host loads it.
 *
 *	cc -shared -fPIC module.c $(pkg-config --cflags belfry-worker) -o module.so
 *	belfry-host module.so
 */
#include <belfry/worker.h>

#include <errno.h>

static int process(struct belfry_worker *worker, void *state, const struct belfry_request *request)
{
	const char *bytes = request->data;
	char *reply = belfry_reply_claim(worker, request->size);

	(void)state;
	if (reply == NULL)
		return errno;
	for (size_t i = 0; i < request->size; i++)
		reply[i] = bytes[request->size - 1 - i];
	return -belfry_reply_commit(worker, request->size);
}

BELFRY_EXPORT const struct belfry_module belfry_module = BELFRY_MODULE(.process = process);
