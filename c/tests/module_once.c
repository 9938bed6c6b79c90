/*
 * A module for belfry-host --once. It replies with the request; but "fault" is a fault with a
 * detail, and "abort" ends the process. With an argument its init returns 42. Its fini says so.
 */
#include <belfry/worker.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int init(struct belfry_worker *worker, void **state)
{
	int count;

	(void)state;
	belfry_worker_arguments(worker, &count);
	return count > 0 ? 42 : 0;
}

static int is(const struct belfry_request *request, const char *text)
{
	return request->size == strlen(text) && memcmp(request->data, text, request->size) == 0;
}

static int process(struct belfry_worker *worker, void *state, const struct belfry_request *request)
{
	static const char detail[] = "no such row";

	(void)state;
	if (is(request, "abort"))
		abort();
	if (is(request, "fault")) {
		belfry_reply(worker, detail, sizeof detail - 1);
		return ENOENT;
	}
	return -belfry_reply(worker, request->data, request->size);
}

static void fini(struct belfry_worker *worker, void *state)
{
	(void)worker;
	(void)state;
	fprintf(stderr, "fini\n");
}

BELFRY_EXPORT const struct belfry_module belfry_module =
	BELFRY_MODULE(.init = init, .process = process, .fini = fini);
