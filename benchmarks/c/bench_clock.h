/* CLOCK_MONOTONIC in nanoseconds: System.nanoTime on Linux, and the same for all processes. */
#ifndef BENCH_CLOCK_H
#define BENCH_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t bench_now_nanos(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Spins: a sender that sleeps between two messages would add its own wake-up to each latency. */
static inline void bench_spin(uint64_t nanos)
{
	uint64_t end = bench_now_nanos() + nanos;

	while (bench_now_nanos() < end)
		;
}

#endif
