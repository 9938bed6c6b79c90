/*
 * false_rings NAME BYTES WHAT: a process with a memfd of that name and size that isn't what a pool has
 * under such a name. A line "ready", then it waits for its end. WHAT is
 *
 *	zeroes    nothing but a size
 *	ones      each bit of the first 64 KiB is set
 *	RING      a number: a right header of requests, of a ring that has so many bytes
 *	flicker   a right header of requests, but the file is cut off and made again, all the time
 */
#include <belfry/layout.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int fail(const char *what)
{
	perror(what);
	return 1;
}

static ssize_t write_header(int fd, uint32_t ring_bytes)
{
	struct belfry_requests header = {
		.magic = BELFRY_REQUESTS_MAGIC,
		.header_bytes = (uint32_t)sysconf(_SC_PAGESIZE),
		.ring_bytes = ring_bytes,
	};

	atomic_init(&header.version, BELFRY_LAYOUT_VERSION);
	return pwrite(fd, &header, sizeof header, 0);
}

static ssize_t write_ones(int fd, size_t bytes)
{
	static unsigned char ones[64 << 10];

	memset(ones, 0xff, sizeof ones);
	return pwrite(fd, ones, bytes < sizeof ones ? bytes : sizeof ones, 0);
}

static int flicker(int fd, long long bytes)
{
	const uint32_t ring_bytes = (uint32_t)(bytes - sysconf(_SC_PAGESIZE));

	for (;;) {
		if (ftruncate(fd, bytes) < 0 || write_header(fd, ring_bytes) < 0 ||
		    ftruncate(fd, 0) < 0)
			return fail("flicker");
	}
}

int main(int argc, char **argv)
{
	const long long bytes = argc == 4 ? atoll(argv[2]) : -1;
	const char *what = argc == 4 ? argv[3] : "";
	const int fd = memfd_create(argc == 4 ? argv[1] : "", MFD_CLOEXEC);
	ssize_t written = 0;

	if (bytes < 0 || fd < 0 || ftruncate(fd, bytes) < 0)
		return fail("false_rings NAME BYTES WHAT");
	if (strcmp(what, "ones") == 0)
		written = write_ones(fd, (size_t)bytes);
	else if (strcmp(what, "zeroes") != 0 && strcmp(what, "flicker") != 0)
		written = write_header(fd, (uint32_t)strtoul(what, NULL, 10));
	if (written < 0)
		return fail("pwrite");
	puts("ready");
	fflush(stdout);
	if (strcmp(what, "flicker") == 0)
		return flicker(fd, bytes);
	for (;;)
		pause();
}
