/* See ring_map.h. */
#include "ring_map.h"

#include <errno.h>
#include <sys/mman.h>

int belfry_ring_map(struct belfry_ring_map *map, int fd, size_t header_bytes, uint32_t ring_bytes,
		    int protection)
{
	const size_t file_bytes = header_bytes + ring_bytes;
	const size_t mapped_bytes = file_bytes + ring_bytes;
	unsigned char *base;
	int error;

	/* Reserve the whole range first, so that no other mmap gets in between. */
	base = mmap(NULL, mapped_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
		    0);
	if (base == MAP_FAILED)
		return -errno;
	if (mmap(base, file_bytes, protection, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED ||
	    mmap(base + file_bytes, ring_bytes, protection, MAP_SHARED | MAP_FIXED, fd,
		 (off_t)header_bytes) == MAP_FAILED ||
	    madvise(base, mapped_bytes, MADV_DONTFORK) < 0 ||
	    madvise(base, mapped_bytes, MADV_DONTDUMP) < 0) {
		error = errno;
		munmap(base, mapped_bytes);
		return -error;
	}
	*map = (struct belfry_ring_map){
		.header = base,
		.ring = base + header_bytes,
		.header_bytes = header_bytes,
		.ring_bytes = ring_bytes,
	};
	return 0;
}

int belfry_ring_dump(const struct belfry_ring_map *map)
{
	const size_t mapped_bytes = map->header_bytes + 2 * (size_t)map->ring_bytes;

	return madvise(map->header, mapped_bytes, MADV_DODUMP) < 0 ? -errno : 0;
}

void belfry_ring_unmap(struct belfry_ring_map *map)
{
	munmap(map->header, map->header_bytes + 2 * (size_t)map->ring_bytes);
	*map = (struct belfry_ring_map){0};
}
