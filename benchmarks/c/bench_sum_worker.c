/* The worker of the throughput benchmark: adds up its requests, see bench_source.h. */
#include "bench_source.h"

#include <belfry/worker.h>

static uint64_t total;

static int process(struct belfry_worker *worker, void *state, const struct belfry_request *request)
{
	const uint64_t sum = bench_sum(request->data, request->size);

	(void)state;
	switch (request->type) {
	case BENCH_ADD:
		total += sum;
		return 0;
	case BENCH_TOTAL:
		return -belfry_reply(worker, &total, sizeof total);
	default:
		return -belfry_reply(worker, &sum, sizeof sum);
	}
}

int main(void)
{
	static const struct belfry_module module = BELFRY_MODULE(.process = process);

	return belfry_worker_run(&module);
}
