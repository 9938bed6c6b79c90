/*
 * A hostile master: what a worker does with any header and any records. This attaches as a worker
 * does, or refuses, and reads until there is no more or a rule is broken. Every byte that it is
 * given has to lie in the ring, before the tail, and is touched.
 *
 *	input: pages that requests has too many | replies | header | bytes from resume on
 */
#include <stdio.h>
/* Keeps attach.c's messages about bad headers off the terminal. */
#define fprintf(...) ((void)0)
#include "../src/attach.c"
#undef fprintf

enum { RING_BYTES = BELFRY_MIN_RING_BYTES, MAX_RECORDS = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile unsigned int sum;

static void require(bool holds, const char *what)
{
	if (!holds) {
		fputs(what, stderr);
		abort();
	}
}

static size_t page(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static int file_of(int fd, size_t pages_too_many)
{
	const int file = memfd_create("fuzz", MFD_CLOEXEC);

	require(file >= 0, "memfd_create\n");
	require(ftruncate(file, (off_t)((1 + pages_too_many) * page() + RING_BYTES)) == 0,
		"ftruncate\n");
	if (file != fd) {
		require(dup2(file, fd) == fd, "dup2\n");
		close(file);
	}
	return fd;
}

/* The ring is mapped more than once: a write by one address shows at the others. */
static void write_ring(uint64_t resume, const uint8_t *data, size_t size)
{
	const size_t begin = resume & (RING_BYTES - 1);
	const size_t before_end = size < RING_BYTES - begin ? size : RING_BYTES - begin;

	require(pwrite(BELFRY_REQUESTS_FD, data, before_end, (off_t)(page() + begin)) ==
			(ssize_t)before_end,
		"pwrite\n");
	require(pwrite(BELFRY_REQUESTS_FD, data + before_end, size - before_end, (off_t)page()) ==
			(ssize_t)(size - before_end),
		"pwrite\n");
}

/* A read past the mapping is a SIGSEGV, unless something else is mapped there already. */
static void *guard_after(const struct belfry_ring_map *map)
{
	unsigned char *end = map->ring + 2 * (size_t)map->ring_bytes;

	return mmap(end, page(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
		    0);
}

static void read_all(struct belfry_worker *worker)
{
	const unsigned char *ring = worker->requests_map.ring;
	struct belfry_record record;
	const void *payload;

	for (int i = 0; i < MAX_RECORDS; i++) {
		const unsigned char *bytes;

		if (belfry_ring_next(&worker->reader, &record, &payload) < 0)
			return;
		bytes = payload;
		require(bytes >= ring && bytes + record.size <= ring + 2 * RING_BYTES,
			"a payload outside the ring\n");
		require(BELFRY_RECORD_BYTES(record.size) <=
				worker->reader.tail - worker->reader.head,
			"a record beyond the tail\n");
		for (uint32_t at = 0; at < record.size; at++)
			sum += bytes[at];
		belfry_ring_consume(&worker->reader);
		require(belfry_ring_claim(&worker->writer, record.size) != -EMSGSIZE,
			"a request larger than any\n");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct belfry_requests header;
	struct belfry_worker worker = {0};
	void *guard;

	if (size < 2 + sizeof header || size - 2 - sizeof header > RING_BYTES)
		return 0;
	memcpy(&header, data + 2, sizeof header);
	file_of(BELFRY_REQUESTS_FD, data[0] % 4);
	file_of(BELFRY_REPLIES_FD, data[1] % 4);
	require(pwrite(BELFRY_REQUESTS_FD, &header, sizeof header, 0) == sizeof header, "pwrite\n");
	write_ring(header.resume, data + 2 + sizeof header, size - 2 - sizeof header);

	if (map_rings(&worker) == 0) {
		guard = guard_after(&worker.requests_map);
		set_up_rings(&worker);
		set_up_doorbells(&worker);
		describe_replies(&worker);
		read_all(&worker);
		if (guard != MAP_FAILED)
			munmap(guard, page());
		belfry_ring_unmap(&worker.requests_map);
		belfry_ring_unmap(&worker.replies_map);
	} else {
		require(worker.replies_map.header == NULL, "refused, and mapped\n");
		close(BELFRY_REQUESTS_FD);
		close(BELFRY_REPLIES_FD);
	}
	return 0;
}
