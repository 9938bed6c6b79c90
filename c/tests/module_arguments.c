/* A module that replies what it knows of itself. */
#include <belfry/worker.h>

#include <stdio.h>

static int process(struct belfry_worker *worker, void *state, const struct belfry_request *request)
{
	char text[200];
	int count;
	char **arguments = belfry_worker_arguments(worker, &count);
	int length = snprintf(text, sizeof text, "index %d, %d arguments: ",
			      belfry_worker_index(worker), count);

	(void)state;
	(void)request;
	if (arguments != belfry_worker_arguments(worker, NULL))
		return 1;
	for (; *arguments != NULL; arguments++)
		length += snprintf(text + length, sizeof text - (size_t)length, "[%s]", *arguments);
	return -belfry_reply(worker, text, (size_t)length);
}

BELFRY_EXPORT const struct belfry_module belfry_module = BELFRY_MODULE(.process = process);
