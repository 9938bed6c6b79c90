/* Replies with the request in upper case (ASCII), written straight into the ring of replies. */
#include <belfry/worker.h>

#include <errno.h>

static int process(struct belfry_worker *worker, void *state, const struct belfry_request *request)
{
	const char *from = request->data;
	char *to = belfry_reply_claim(worker, request->size);

	(void)state;
	if (to == NULL)
		return errno;
	for (size_t i = 0; i < request->size; i++)
		to[i] = from[i] >= 'a' && from[i] <= 'z' ? (char)(from[i] - 'a' + 'A') : from[i];
	return -belfry_reply_commit(worker, request->size);
}

int main(void)
{
	static const struct belfry_module module = BELFRY_MODULE(.process = process);

	return belfry_worker_run(&module);
}
