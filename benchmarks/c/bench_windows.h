/* Messages in windows, each timed as a whole; a message's share is printed. */
#ifndef BENCH_WINDOWS_H
#define BENCH_WINDOWS_H

#include "bench_clock.h"
#include "bench_run.h"

#include <stdlib.h>

enum { PICOS_PER_NANO = 1000 };

struct bench_windows {
	uint32_t size; /* of a message */
	uint32_t ring_bytes;
	size_t messages; /* of a window */
	struct bench_run run;
};

/* SIZE RING_BYTES WARM_UP MEASURED MESSAGES CPU CPU; on a wrong one prints it, exits with 2. */
static inline struct bench_windows bench_windows_parse(char **argv)
{
	struct bench_windows windows = {
		.size = (uint32_t)bench_parse("SIZE", argv[0], 64, 1 << 20),
		.ring_bytes = (uint32_t)bench_parse("RING_BYTES", argv[1], 1 << 16, 1 << 28),
		.messages = (size_t)bench_parse("MESSAGES", argv[4], 1, 1 << 30),
		.run =
			{
				.warm_up = (size_t)bench_parse("WARM_UP", argv[2], 0, 1 << 30),
				.measured = (size_t)bench_parse("MEASURED", argv[3], 1, 1 << 30),
				.cpus = {(int)bench_parse("CPU", argv[5], -1, BENCH_MAX_CPU),
					 (int)bench_parse("CPU", argv[6], -1, BENCH_MAX_CPU)},
			},
	};

	return windows;
}

/* Runs all and prints a window's picoseconds per message a line; returns the message count. */
static inline uint64_t bench_windows_run(const struct bench_windows *windows,
					 void (*window)(void *context), void *context)
{
	uint64_t *picos = bench_latencies(&windows->run);

	for (size_t i = 0; i < windows->run.warm_up; i++)
		window(context);
	for (size_t i = 0; i < windows->run.measured; i++) {
		const uint64_t begin = bench_now_nanos();

		window(context);
		picos[i] = (bench_now_nanos() - begin) * PICOS_PER_NANO / windows->messages;
	}
	bench_print(&windows->run, picos);
	free(picos);
	return (uint64_t)windows->messages * (windows->run.warm_up + windows->run.measured);
}

#endif
