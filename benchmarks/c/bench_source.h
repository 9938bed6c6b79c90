/*
 * The data of the throughput benchmarks: a few megabytes of numbers that are sent piece by piece,
 * again and again. A reader adds up one word of each 64 bytes, so that it loads every cache line;
 * the sum of all is checked at the end. Source.java is this file's twin: change both.
 */
#ifndef BENCH_SOURCE_H
#define BENCH_SOURCE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
	BENCH_SOURCE_BYTES = 4 << 20, /* together with a ring larger than a level 2 cache */
	BENCH_STRIDE = 64,
};

/* Types of the requests to bench_sum_worker. */
enum {
	BENCH_ADD = 0,	 /* add it up; an empty reply */
	BENCH_TOTAL = 1, /* reply with what was added up */
	BENCH_SUM = 2,	 /* reply with this one's sum */
};

static inline void bench_source_fill(unsigned char *source)
{
	for (uint64_t i = 0; i < BENCH_SOURCE_BYTES / sizeof i; i++) {
		const uint64_t word = i * UINT64_C(0x9e3779b97f4a7c15);

		memcpy(source + i * sizeof word, &word, sizeof word);
	}
}

static inline uint64_t bench_sum(const void *data, size_t size)
{
	const unsigned char *bytes = data;
	uint64_t sum = 0;

	for (size_t i = 0; i < size; i += BENCH_STRIDE) {
		uint64_t word;

		memcpy(&word, bytes + i, sizeof word);
		sum += word;
	}
	return sum;
}

/* The next piece's offset; all have one size, a power of two of at least the stride. */
static inline size_t bench_source_next(size_t offset, size_t size)
{
	return (offset + size) & (BENCH_SOURCE_BYTES - 1);
}

/* The sum of so many pieces from the first on. */
static inline uint64_t bench_source_sum(const unsigned char *source, uint64_t pieces, size_t size)
{
	const uint64_t all = BENCH_SOURCE_BYTES / size;

	return pieces / all * bench_sum(source, BENCH_SOURCE_BYTES) +
	       bench_sum(source, (size_t)(pieces % all) * size);
}

#endif
