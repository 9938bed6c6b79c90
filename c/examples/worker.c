/*
 * Numbers its requests: "a" and "b" come back as "1: a" and "2: b". Its state is the count.
 *
 *	cc worker.c $(pkg-config --cflags --libs belfry-worker) -o worker
 */
#include <belfry/worker.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_BYTES = 24 };

static int init(struct belfry_worker *worker, void **state)
{
	(void)worker;
	*state = calloc(1, sizeof(unsigned long));
	return *state == NULL;
}

/* Writes the reply where the master reads it, and fixes its size at the end. */
static int process(struct belfry_worker *worker, void *state, const struct belfry_request *request)
{
	unsigned long *count = state;
	char *reply = belfry_reply_claim(worker, NUMBER_BYTES + request->size);
	size_t size;

	if (reply == NULL)
		return errno;
	size = (size_t)snprintf(reply, NUMBER_BYTES, "%lu: ", ++*count);
	memcpy(reply + size, request->data, request->size);
	return -belfry_reply_commit(worker, size + request->size);
}

static void fini(struct belfry_worker *worker, void *state)
{
	(void)worker;
	free(state);
}

int main(void)
{
	static const struct belfry_module module =
		BELFRY_MODULE(.init = init, .process = process, .fini = fini);

	return belfry_worker_run(&module);
}
