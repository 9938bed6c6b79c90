/*
 * The worker of the one-way times through a pool: replies the time at which it had read, the sum of
 * what it read, and its number of sleeps.
 */
#include "bench_clock.h"
#include "bench_layout.h"

#include <belfry/worker.h>

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

static int process(struct belfry_worker *worker, void *state, const struct belfry_request *request)
{
	uint64_t payload[BENCH_PAYLOAD_WORDS];
	uint64_t reply[3];
	struct rusage usage;

	(void)state;
	if (request->size != sizeof payload)
		return EINVAL;
	memcpy(payload, request->data, sizeof payload);
	reply[1] = bench_checksum(payload);
	reply[0] = bench_now_nanos();
	if (getrusage(RUSAGE_SELF, &usage) < 0)
		return errno;
	reply[2] = (uint64_t)usage.ru_nvcsw;
	return -belfry_reply(worker, reply, sizeof reply);
}

int main(void)
{
	static const struct belfry_module module = BELFRY_MODULE(.process = process);

	return belfry_worker_run(&module);
}
