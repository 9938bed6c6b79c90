/*
 * The floor of the mapping benchmark: makes or opens shared memory, maps it, writes into each page,
 * and gives all back. The check in between, of what was written, isn't timed.
 *
 *	bench_map memfd BYTES WARM_UP MEASURED CPU     what SharedMapping.anonymous has to do
 *	bench_map FILE  BYTES WARM_UP MEASURED CPU     what SharedMapping.open has to do
 */
#include "bench_clock.h"
#include "bench_run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ARGUMENTS = 5, PAGE_BYTES = 4096 };

static int make_memfd(size_t bytes)
{
	int fd = memfd_create("bench", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		bench_fail("memfd_create");
	errno = posix_fallocate(fd, 0, (off_t)bytes);
	if (errno != 0)
		bench_fail("posix_fallocate");
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		bench_fail("F_ADD_SEALS");
	return fd;
}

static int open_file(const char *file, size_t bytes)
{
	struct stat facts;
	int fd = open(file, O_RDWR | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &facts) < 0)
		bench_fail(file);
	if ((size_t)facts.st_size != bytes) {
		errno = EINVAL;
		bench_fail(file);
	}
	return fd;
}

static void check_pages(const unsigned char *memory, size_t bytes, unsigned char value)
{
	for (size_t i = 0; i < bytes; i += PAGE_BYTES) {
		if (memory[i] != value) {
			errno = EIO;
			bench_fail("a page has lost what was written");
		}
	}
}

/* Returns the nanoseconds without the check. */
static uint64_t map_touch_unmap(const char *what, size_t bytes, unsigned char value)
{
	uint64_t start_nanos = bench_now_nanos();
	int fd = strcmp(what, "memfd") == 0 ? make_memfd(bytes) : open_file(what, bytes);
	unsigned char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	uint64_t touched_nanos;
	uint64_t unmap_nanos;

	if (memory == MAP_FAILED)
		bench_fail("mmap");
	for (size_t i = 0; i < bytes; i += PAGE_BYTES)
		((volatile unsigned char *)memory)[i] = value;
	touched_nanos = bench_now_nanos();
	check_pages(memory, bytes, value);

	unmap_nanos = bench_now_nanos();
	if (munmap(memory, bytes) < 0 || close(fd) < 0)
		bench_fail("munmap");
	return bench_now_nanos() - unmap_nanos + touched_nanos - start_nanos;
}

int main(int argc, char **argv)
{
	struct bench_run run = {0};
	uint64_t *latencies;
	size_t bytes;

	if (argc != ARGUMENTS + 1) {
		fprintf(stderr, "usage: %s memfd|FILE BYTES WARM_UP MEASURED CPU\n", argv[0]);
		return 2;
	}
	bytes = (size_t)bench_parse("BYTES", argv[2], 1, BENCH_MAX);
	bench_run_parse_counts(&run, argv + 3);
	run.cpus[0] = (int)bench_parse("CPU", argv[5], -1, BENCH_MAX_CPU);
	latencies = bench_latencies(&run);
	bench_pin(run.cpus, 1);
	for (size_t i = 0; i < run.warm_up; i++)
		map_touch_unmap(argv[1], bytes, (unsigned char)(i + 1));
	for (size_t i = 0; i < run.measured; i++)
		latencies[i] = map_touch_unmap(argv[1], bytes, (unsigned char)(i + 1));
	bench_print(&run, latencies);
	free(latencies);
	return 0;
}
