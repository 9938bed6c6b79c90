/*
 * The memory of a ring: a file of a header and the ring, of which the ring is mapped twice in a
 * row, so that a record that wraps is one contiguous piece. The shim maps the master's side with
 * these functions, the library the worker's.
 */
#ifndef BELFRY_RING_MAP_H
#define BELFRY_RING_MAP_H

#include <stddef.h>
#include <stdint.h>

struct belfry_ring_map {
	void *header;
	unsigned char *ring;
	size_t header_bytes;
	uint32_t ring_bytes;
};

/*
 * Maps a file of header_bytes + ring_bytes, both multiples of the page size; `protection` is
 * mmap's. A forked child doesn't get the pages, nor does a core dump. 0, or -errno of mmap or madvise. The caller keeps
 * the descriptor and may close it afterwards, and owns the mapping until belfry_ring_unmap.
 */
int belfry_ring_map(struct belfry_ring_map *map, int fd, size_t header_bytes, uint32_t ring_bytes,
		    int protection);

/* From now on the pages are in a core dump. 0, or -errno of madvise. */
int belfry_ring_dump(const struct belfry_ring_map *map);

void belfry_ring_unmap(struct belfry_ring_map *map);

#endif
