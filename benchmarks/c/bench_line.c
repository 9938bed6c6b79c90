/*
 * The distance of two processors: the nanoseconds that a cache line takes to the other one and
 * another line back, as the median of short batches.
 *
 *	bench_line CPU CPU
 */
#include "bench_clock.h"
#include "bench_run.h"
#include "pause.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BATCHES = 301, ROUND_TRIPS = 100, WARM_UP = 20 };

struct lines {
	_Alignas(128) _Atomic uint64_t there;
	_Alignas(128) _Atomic uint64_t back;
};

static _Noreturn void answer(struct lines *lines)
{
	for (uint64_t number = 1;; number++) {
		while (atomic_load_explicit(&lines->there, memory_order_acquire) != number)
			belfry_pause();
		atomic_store_explicit(&lines->back, number, memory_order_release);
	}
}

static uint64_t batch(struct lines *lines, uint64_t *number)
{
	const uint64_t begin = bench_now_nanos();

	for (int i = 0; i < ROUND_TRIPS; i++) {
		atomic_store_explicit(&lines->there, ++*number, memory_order_release);
		while (atomic_load_explicit(&lines->back, memory_order_acquire) != *number)
			belfry_pause();
	}
	return (bench_now_nanos() - begin) / ROUND_TRIPS;
}

static int compare(const void *a, const void *b)
{
	const uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

int main(int argc, char **argv)
{
	static uint64_t nanos[BATCHES];
	const pid_t parent = getpid();
	struct bench_run run = {0};
	struct lines *lines;
	uint64_t number = 0;
	pid_t child;

	if (argc != 3) {
		fprintf(stderr, "usage: %s CPU CPU\n", argv[0]);
		return 2;
	}
	bench_run_parse_cpus(&run, argv + 1);
	lines = mmap(NULL, sizeof *lines, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	if (lines == MAP_FAILED)
		bench_fail("mmap");
	child = fork();
	if (child < 0)
		bench_fail("fork");
	if (child == 0) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
			_exit(127);
		bench_pin(run.cpus + 1, 1);
		answer(lines);
	}
	bench_pin(run.cpus, 1);
	for (int i = 0; i < WARM_UP; i++)
		batch(lines, &number);
	for (int i = 0; i < BATCHES; i++)
		nanos[i] = batch(lines, &number);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	qsort(nanos, BATCHES, sizeof *nanos, compare);
	printf("%llu\n", (unsigned long long)nanos[BATCHES / 2]);
	return 0;
}
