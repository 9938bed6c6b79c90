/*
 * The floor of the round trips: a request through one ring of the SDK, and its copy back through
 * another, with both ends in C and both spinning.
 *
 *	bench_round_trip SIZE RING_BYTES WARM_UP MEASURED CPU CPU
 */
#include "bench_clock.h"
#include "bench_run.h"
#include "bench_way.h"
#include "pause.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARGUMENTS = 6, LEAST = 16, MOST = 1 << 20 };

static const uint64_t PATIENCE_NANOS = UINT64_C(10000000000);

static _Noreturn void refuse(const char *complaint)
{
	fprintf(stderr, "bench_round_trip: %s\n", complaint);
	exit(1);
}

static void put(struct bench_way *way, const struct belfry_record *record, const void *data)
{
	if (!bench_way_put(way, record, data))
		refuse("there is no room in an empty ring");
}

static _Noreturn void echo(struct bench_way *requests, struct bench_way *replies)
{
	for (;;) {
		struct belfry_record record;
		const void *payload;

		while (belfry_ring_next(&requests->reader, &record, &payload) == -EAGAIN)
			belfry_pause();
		put(replies, &record, payload);
		belfry_ring_consume(&requests->reader);
	}
}

static void await_reply(struct bench_way *replies, struct belfry_record *record,
			const void **payload)
{
	uint64_t end = 0;
	unsigned int pauses = 0;

	while (belfry_ring_next(&replies->reader, record, payload) == -EAGAIN) {
		belfry_pause();
		if (++pauses % (1 << 20) != 0)
			continue;
		if (end == 0)
			end = bench_now_nanos() + PATIENCE_NANOS;
		else if (bench_now_nanos() > end)
			refuse("the other side doesn't answer");
	}
}

/* The nanoseconds from before the request is written until the reply is read. */
static uint64_t round_trip(struct bench_way *requests, struct bench_way *replies,
			   unsigned char *message, uint32_t size, uint64_t id)
{
	struct belfry_record record = {.size = size, .id = id};
	const unsigned char *reply;
	const void *payload;
	const uint64_t begin = bench_now_nanos();
	uint64_t first, last;

	memcpy(message, &id, sizeof id);
	memcpy(message + size - sizeof id, &id, sizeof id);
	put(requests, &record, message);
	await_reply(replies, &record, &payload);
	reply = payload;
	memcpy(&first, reply, sizeof first);
	memcpy(&last, reply + record.size - sizeof last, sizeof last);
	belfry_ring_consume(&replies->reader);
	if (record.size != size || first != id || last != id)
		refuse("the reply isn't the request");
	return bench_now_nanos() - begin;
}

int main(int argc, char **argv)
{
	struct bench_run run = {0};
	struct bench_way requests, replies;
	uint32_t size, ring_bytes;
	uint64_t *latencies, id = 0;
	unsigned char *message;
	int fds[2];
	pid_t parent = getpid(), child;

	if (argc != ARGUMENTS + 1) {
		fprintf(stderr, "usage: %s SIZE RING_BYTES WARM_UP MEASURED CPU CPU\n", argv[0]);
		return 2;
	}
	size = (uint32_t)bench_parse("SIZE", argv[1], LEAST, MOST);
	ring_bytes = (uint32_t)bench_parse("RING_BYTES", argv[2], 1 << 16, 1 << 28);
	bench_run_parse_counts(&run, argv + 3);
	bench_run_parse_cpus(&run, argv + 5);
	if (!belfry_ring_bytes_valid(ring_bytes) || size > belfry_ring_max_size(ring_bytes))
		refuse("no size of a ring, or the message is larger");
	latencies = bench_latencies(&run);
	message = calloc(1, size);
	if (message == NULL)
		bench_fail("malloc");
	fds[0] = bench_way_memory(ring_bytes);
	fds[1] = bench_way_memory(ring_bytes);
	child = fork();
	if (child < 0)
		bench_fail("fork");
	bench_way_open(&requests, fds[0], ring_bytes);
	bench_way_open(&replies, fds[1], ring_bytes);
	if (child == 0) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
			_exit(127);
		bench_pin(run.cpus + 1, 1);
		echo(&requests, &replies);
	}
	bench_pin(run.cpus, 1);
	for (size_t i = 0; i < run.warm_up; i++)
		round_trip(&requests, &replies, message, size, ++id);
	for (size_t i = 0; i < run.measured; i++)
		latencies[i] = round_trip(&requests, &replies, message, size, ++id);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	bench_print(&run, latencies);
	free(message);
	free(latencies);
	return 0;
}
