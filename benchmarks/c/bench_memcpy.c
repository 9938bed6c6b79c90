/* The other floor of the throughput benchmark: each message is copied and not read. */
#include "bench_source.h"
#include "bench_windows.h"

#include <stdio.h>

struct copier {
	const struct bench_windows *windows;
	unsigned char *source, *target;
	size_t from, to;
};

static void copy_window(void *context)
{
	struct copier *copier = context;
	const uint32_t size = copier->windows->size;

	for (size_t i = 0; i < copier->windows->messages; i++) {
		memcpy(copier->target + copier->to, copier->source + copier->from, size);
		/* Keeps the compiler from dropping the copy. */
		__asm__ volatile("" : : "r"(copier->target) : "memory");
		copier->from = bench_source_next(copier->from, size);
		copier->to = (copier->to + size) & (copier->windows->ring_bytes - 1);
	}
}

int main(int argc, char **argv)
{
	struct bench_windows windows;
	struct copier copier = {.windows = &windows};

	if (argc != 8) {
		fprintf(stderr, "usage: %s SIZE RING_BYTES WARM_UP MEASURED MESSAGES CPU CPU\n",
			argv[0]);
		return 2;
	}
	windows = bench_windows_parse(argv + 1);
	copier.source = malloc(BENCH_SOURCE_BYTES);
	copier.target = malloc(windows.ring_bytes);
	if (copier.source == NULL || copier.target == NULL)
		bench_fail("malloc");
	bench_source_fill(copier.source);
	memset(copier.target, 1, windows.ring_bytes);
	bench_pin(windows.run.cpus, 1);
	bench_windows_run(&windows, copy_window, &copier);
	free(copier.source);
	free(copier.target);
	return 0;
}
