/* Numbers for property tests: the same seed gives the same run. */
#ifndef BELFRY_TEST_RANDOM_H
#define BELFRY_TEST_RANDOM_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static uint64_t random_state;

/* The environment's SEED, or a new one. It is printed, and ctest shows it with a failure. */
static inline void random_seed(void)
{
	const char *given = getenv("SEED");
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	random_state = given != NULL ? strtoull(given, NULL, 10) : (uint64_t)now.tv_nsec;
	printf("SEED=%llu\n", (unsigned long long)random_state);
	fflush(stdout);
}

/* splitmix64 */
static inline uint64_t random_next(void)
{
	uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* 0 to limit - 1 */
static inline uint32_t random_below(uint32_t limit)
{
	return (uint32_t)(random_next() % limit);
}

#endif
