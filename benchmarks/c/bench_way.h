/* A ring of the SDK between two processes of a floor: a memfd, and both mapped ends. */
#ifndef BENCH_WAY_H
#define BENCH_WAY_H

#include "bench_run.h"
#include "ring.h"
#include "ring_map.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* In the page before the ring. */
struct bench_cursors {
	_Alignas(128) _Atomic uint64_t tail;
	_Alignas(128) _Atomic uint64_t head;
	_Alignas(128) uint64_t sum; /* a reader that adds up writes it at its end */
};

/* Each process uses one of the two ends. */
struct bench_way {
	struct belfry_ring_map map;
	struct bench_cursors *cursors;
	struct belfry_ring_writer writer;
	struct belfry_ring_reader reader;
};

/* A memfd for an empty ring. */
static inline int bench_way_memory(uint32_t ring_bytes)
{
	const int fd = memfd_create("bench", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, sysconf(_SC_PAGESIZE) + (off_t)ring_bytes) < 0)
		bench_fail("memfd_create");
	return fd;
}

/* To be called in each process, because a forked child doesn't get the pages. */
static inline void bench_way_open(struct bench_way *way, int fd, uint32_t ring_bytes)
{
	const int result = belfry_ring_map(&way->map, fd, (size_t)sysconf(_SC_PAGESIZE), ring_bytes,
					   PROT_READ | PROT_WRITE);

	if (result < 0) {
		errno = -result;
		bench_fail("mmap");
	}
	way->cursors = way->map.header;
	belfry_ring_writer_init(&way->writer, way->map.ring, ring_bytes, 0);
	way->writer.published_tail = &way->cursors->tail;
	way->writer.published_head = &way->cursors->head;
	belfry_ring_reader_init(&way->reader, way->map.ring, ring_bytes, 0);
	way->reader.published_tail = &way->cursors->tail;
	way->reader.published_head = &way->cursors->head;
}

/* Writes and publishes; false when there is no room. */
static inline bool bench_way_put(struct bench_way *way, const struct belfry_record *record,
				 const void *data)
{
	const int result = belfry_ring_claim(&way->writer, record->size);

	if (result == -EAGAIN)
		return false;
	if (result < 0) {
		errno = -result;
		bench_fail("the other side broke a rule of the ring");
	}
	memcpy(belfry_ring_payload(&way->writer), data, record->size);
	belfry_ring_publish(&way->writer, record);
	return true;
}

#endif
