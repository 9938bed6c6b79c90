/* The worker of the one-way times through a pool: replies when it had read, and what it read. */
#include "bench_clock.h"
#include "bench_layout.h"

#include <belfry/worker.h>

#include <errno.h>
#include <string.h>

static int process(struct belfry_worker *worker, void *state, const struct belfry_request *request)
{
	uint64_t payload[BENCH_PAYLOAD_WORDS];
	uint64_t reply[2];

	(void)state;
	if (request->size != sizeof payload)
		return EINVAL;
	memcpy(payload, request->data, sizeof payload);
	reply[1] = bench_checksum(payload);
	reply[0] = bench_now_nanos();
	return belfry_reply(worker, reply, sizeof reply);
}

int main(void)
{
	static const struct belfry_module module = {.process = process};

	return belfry_worker_run(&module);
}
