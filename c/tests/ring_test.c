/* The ring alone: written records are read, and a broken rule of the other side is -EPROTO. */
#include "check.h"
#include "emulated.h"
#include "random.h"
#include "ring.h"
#include "ring_map.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RING_BYTES = BELFRY_MIN_RING_BYTES };

struct fixture {
	struct belfry_ring_map map;
	_Atomic uint64_t tail, head;
	struct belfry_ring_writer writer;
	struct belfry_ring_reader reader;
};

static int memory_of(size_t bytes)
{
	const int fd = memfd_create("ring_test", MFD_CLOEXEC);

	CHECK(fd >= 0 && ftruncate(fd, (off_t)bytes) == 0);
	return fd;
}

static void open_ring_at(struct fixture *fixture, uint64_t start)
{
	const size_t header_bytes = (size_t)sysconf(_SC_PAGESIZE);
	const int fd = memory_of(header_bytes + RING_BYTES);

	memset(fixture, 0, sizeof *fixture);
	CHECK(belfry_ring_map(&fixture->map, fd, header_bytes, RING_BYTES,
			      PROT_READ | PROT_WRITE) == 0);
	close(fd);
	atomic_store(&fixture->tail, start);
	atomic_store(&fixture->head, start);
	belfry_ring_writer_init(&fixture->writer, fixture->map.ring, RING_BYTES, start);
	fixture->writer.published_tail = &fixture->tail;
	fixture->writer.published_head = &fixture->head;
	belfry_ring_reader_init(&fixture->reader, fixture->map.ring, RING_BYTES, start);
	fixture->reader.published_tail = &fixture->tail;
	fixture->reader.published_head = &fixture->head;
}

static void close_ring(struct fixture *fixture)
{
	belfry_ring_unmap(&fixture->map);
}

/* The content of a message follows from its number. */
static unsigned char byte_of(uint64_t id, uint32_t index)
{
	return (unsigned char)(id * 31 + index * 7);
}

static int put(struct fixture *fixture, uint64_t id, uint32_t size)
{
	const struct belfry_record record = {
		.size = size, .type = (uint32_t)id * 3, .id = id, .code = (uint32_t)id + 1};
	const int result = belfry_ring_claim(&fixture->writer, size);
	unsigned char *payload = belfry_ring_payload(&fixture->writer);

	if (result < 0)
		return result;
	CHECK((uintptr_t)payload % 8 == 0);
	for (uint32_t i = 0; i < size; i++)
		payload[i] = byte_of(id, i);
	belfry_ring_publish(&fixture->writer, &record);
	return 0;
}

static void take(struct fixture *fixture, uint64_t id, uint32_t size)
{
	struct belfry_record record;
	const void *data;
	const unsigned char *payload;

	CHECK(belfry_ring_next(&fixture->reader, &record, &data) == 0);
	CHECK(record.id == id && record.size == size);
	CHECK(record.type == (uint32_t)id * 3 && record.code == (uint32_t)id + 1);
	payload = data;
	for (uint32_t i = 0; i < size; i++)
		CHECK(payload[i] == byte_of(id, i));
	belfry_ring_consume(&fixture->reader);
}

static void expect_empty(struct fixture *fixture)
{
	struct belfry_record record;
	const void *payload;

	CHECK(!belfry_ring_has_next(&fixture->reader));
	CHECK(belfry_ring_next(&fixture->reader, &record, &payload) == -EAGAIN);
}

static void a_new_ring_is_empty(void)
{
	struct fixture fixture;

	open_ring_at(&fixture, 0);
	expect_empty(&fixture);
	close_ring(&fixture);
}

static void the_ring_is_mapped_twice_in_a_row(void)
{
	struct fixture fixture;

	open_ring_at(&fixture, 0);
	for (uint32_t i = 0; i < RING_BYTES; i += 4096) {
		fixture.map.ring[i] = (unsigned char)(i / 4096 + 1);
		/* The compiler doesn't know that the other address is the same memory. */
		atomic_signal_fence(memory_order_seq_cst);
		CHECK(fixture.map.ring[RING_BYTES + i] == (unsigned char)(i / 4096 + 1));
	}
	CHECK(fixture.map.ring == (unsigned char *)fixture.map.header + fixture.map.header_bytes);
	CHECK(((unsigned char *)fixture.map.header)[0] == 0);
	close_ring(&fixture);
}

static void what_cannot_be_mapped_is_an_error(void)
{
	const int read_only = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct belfry_ring_map map;

	CHECK(belfry_ring_map(&map, -1, 4096, RING_BYTES, PROT_READ) == -EBADF);
	CHECK(belfry_ring_map(&map, read_only, 4096, RING_BYTES, PROT_READ | PROT_WRITE) ==
	      -EACCES);
	close(read_only);
}

static void a_forked_child_does_not_get_the_pages(void)
{
	struct fixture fixture;
	unsigned char resident;
	int status;
	pid_t child;

	open_ring_at(&fixture, 0);
	child = fork();
	if (child == 0) {
		const size_t pages = 1 + 2 * RING_BYTES / fixture.map.header_bytes;
		unsigned char *page = fixture.map.header;

		for (size_t i = 0; i < pages; i++) {
			if (mincore(page + i * fixture.map.header_bytes, 1, &resident) == 0 ||
			    errno != ENOMEM)
				_exit(1);
		}
		_exit(0);
	}
	CHECK(waitpid(child, &status, 0) == child && status == 0);
	close_ring(&fixture);
}

/* At each offset of the ring, also at the last ones, where the record wraps. */
static void a_record_is_whole_wherever_it_begins(void)
{
	static const uint32_t sizes[] = {0, 1, 7, 8, 9, 100, RING_BYTES - 64};
	struct fixture fixture;

	for (uint64_t start = 0; start <= RING_BYTES; start += 8) {
		if (start == 1024) /* the middle is like the beginning */
			start = RING_BYTES - 1024;
		open_ring_at(&fixture, start);
		for (uint32_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
			CHECK(put(&fixture, i + 1, sizes[i]) == 0);
			take(&fixture, i + 1, sizes[i]);
		}
		expect_empty(&fixture);
		close_ring(&fixture);
	}
}

static void cursors_beyond_32_bits_are_like_others(void)
{
	struct fixture fixture;

	open_ring_at(&fixture, (UINT64_C(1) << 32) - 16);
	for (uint64_t id = 1; id <= 1000; id++) {
		CHECK(put(&fixture, id, 1000) == 0);
		take(&fixture, id, 1000);
	}
	CHECK(atomic_load(&fixture.tail) > UINT64_C(1) << 32);
	close_ring(&fixture);
}

static void a_full_ring_is_eagain_until_the_reader_consumed(void)
{
	const uint32_t size = 1000;
	const uint64_t fitting = RING_BYTES / BELFRY_RECORD_BYTES(size);
	struct fixture fixture;

	open_ring_at(&fixture, 4096);
	for (uint64_t id = 1; id <= fitting; id++)
		CHECK(put(&fixture, id, size) == 0);
	CHECK(put(&fixture, fitting + 1, size) == -EAGAIN);
	take(&fixture, 1, size);
	CHECK(put(&fixture, fitting + 1, size) == 0);
	CHECK(put(&fixture, fitting + 2, size) == -EAGAIN);
	for (uint64_t id = 2; id <= fitting + 1; id++)
		take(&fixture, id, size);
	expect_empty(&fixture);
	close_ring(&fixture);
}

/* 8 bytes less than a record are too few, and a record's bytes are enough. */
static void a_record_may_fill_the_ring_exactly(void)
{
	const uint32_t half = RING_BYTES / 2 - 24;
	struct fixture fixture;

	open_ring_at(&fixture, 8);
	CHECK(put(&fixture, 1, half) == 0);
	CHECK(put(&fixture, 2, half + 1) == -EAGAIN);
	CHECK(put(&fixture, 2, half) == 0);
	CHECK(put(&fixture, 3, 0) == -EAGAIN);
	take(&fixture, 1, half);
	take(&fixture, 2, half);
	expect_empty(&fixture);
	close_ring(&fixture);
}

static void what_never_fits_is_emsgsize(void)
{
	struct fixture fixture;

	open_ring_at(&fixture, 0);
	CHECK(put(&fixture, 1, RING_BYTES - 63) == -EMSGSIZE);
	CHECK(belfry_ring_claim(&fixture.writer, SIZE_MAX) == -EMSGSIZE);
	CHECK(put(&fixture, 1, RING_BYTES - 64) == 0);
	close_ring(&fixture);
}

/* Compared with a queue of sizes, whose only rule is that the records in it fit the ring. */
static void it_behaves_as_a_queue(void)
{
	enum { STEPS = TIMES(200000), MOST = RING_BYTES / sizeof(struct belfry_record) + 1 };
	static uint32_t queue[MOST];
	struct fixture fixture;
	uint64_t first = 1, next = 1, used = 0;

	open_ring_at(&fixture, random_next() >> 20 << 3);
	for (int step = 0; step < STEPS; step++) {
		const uint32_t shape = random_below(20);
		const uint32_t size = random_below(shape == 0	? RING_BYTES
						   : shape < 10 ? 64
								: 3000);
		const bool fits =
			size <= RING_BYTES - 64 && used + BELFRY_RECORD_BYTES(size) <= RING_BYTES;

		if (random_below(2) == 0) {
			CHECK((put(&fixture, next, size) == 0) == fits);
			if (fits) {
				queue[next++ % MOST] = size;
				used += BELFRY_RECORD_BYTES(size);
			}
		} else if (first == next) {
			expect_empty(&fixture);
		} else {
			take(&fixture, first, queue[first % MOST]);
			used -= BELFRY_RECORD_BYTES(queue[first++ % MOST]);
		}
	}
	close_ring(&fixture);
}

static int next_with(uint64_t tail_beyond, struct belfry_record record)
{
	struct fixture fixture;
	const void *payload;
	int result;

	open_ring_at(&fixture, 4096);
	memcpy(fixture.map.ring + 4096, &record, sizeof record);
	atomic_store(&fixture.tail, 4096 + tail_beyond);
	result = belfry_ring_next(&fixture.reader, &record, &payload);
	close_ring(&fixture);
	return result;
}

static void a_tail_that_cannot_be_is_eproto(void)
{
	const struct belfry_record good = {.size = 8, .id = 1};

	CHECK(next_with(32, good) == 0);
	CHECK(next_with(RING_BYTES, good) == 0);
	CHECK(next_with(RING_BYTES + 8, good) == -EPROTO);
	CHECK(next_with(UINT64_MAX - 4095, good) == -EPROTO);
	CHECK(next_with((uint64_t)-8, good) == -EPROTO);
	CHECK(next_with(UINT64_C(1) << 63, good) == -EPROTO);
	CHECK(next_with(UINT64_C(1) << 32, good) == -EPROTO);
	for (uint32_t beyond = 1; beyond < 8; beyond++)
		CHECK(next_with(32 + beyond, good) == -EPROTO);
	CHECK(next_with(8, good) == -EPROTO);
	CHECK(next_with(16, good) == -EPROTO);
	CHECK(next_with(24, good) == -EPROTO);
}

static void a_size_that_cannot_be_is_eproto(void)
{
	CHECK(next_with(RING_BYTES, (struct belfry_record){.size = RING_BYTES - 64}) == 0);
	CHECK(next_with(RING_BYTES, (struct belfry_record){.size = RING_BYTES - 63}) == -EPROTO);
	CHECK(next_with(RING_BYTES, (struct belfry_record){.size = UINT32_MAX}) == -EPROTO);
	CHECK(next_with(RING_BYTES, (struct belfry_record){.size = UINT32_MAX - 30}) == -EPROTO);
	CHECK(next_with(64, (struct belfry_record){.size = 40}) == 0);
	CHECK(next_with(64, (struct belfry_record){.size = 41}) == -EPROTO);
}

static void a_head_that_cannot_be_is_eproto(void)
{
	struct fixture fixture;

	open_ring_at(&fixture, 1 << 20);
	CHECK(put(&fixture, 1, RING_BYTES - 64) == 0);
	atomic_store(&fixture.head, (1 << 20) + 2 * RING_BYTES); /* reads on without a record */
	CHECK(put(&fixture, 2, 100) == -EPROTO);
	atomic_store(&fixture.head, 0); /* takes back what was read */
	CHECK(put(&fixture, 2, 100) == -EPROTO);
	close_ring(&fixture);
}

/* With any bytes in the ring and its tail, the payload to read lies within the ring. */
static void nothing_is_read_beyond_the_ring(void)
{
	struct fixture fixture;
	struct belfry_record record;
	const void *data;

	open_ring_at(&fixture, 0);
	for (int turn = 0; turn < 20000; turn++) {
		const uint64_t start = random_next() & ~(uint64_t)7;
		const uint64_t tails[] = {random_next(), start + random_below(2 * RING_BYTES),
					  start + (random_below(RING_BYTES) & ~7u),
					  start + RING_BYTES};
		const uint32_t sizes[] = {(uint32_t)random_next(), random_below(2 * RING_BYTES),
					  random_below(512)};

		for (size_t at = 0; at < RING_BYTES; at += 256)
			memcpy(fixture.map.ring + at, &sizes[random_below(3)], 4);
		belfry_ring_reader_init(&fixture.reader, fixture.map.ring, RING_BYTES, start);
		atomic_store(&fixture.tail, tails[random_below(4)]);
		for (int records = 0; records < 10; records++) {
			const unsigned char *payload;

			if (belfry_ring_next(&fixture.reader, &record, &data) < 0)
				break;
			payload = data;
			CHECK(payload >= fixture.map.ring + sizeof record);
			CHECK(payload + record.size <= fixture.map.ring + 2 * RING_BYTES);
			CHECK(record.size <= RING_BYTES - 64);
			belfry_ring_consume(&fixture.reader);
			belfry_ring_look(&fixture.reader);
			CHECK(fixture.reader.head - start <= RING_BYTES);
		}
	}
	close_ring(&fixture);
}

static void only_powers_of_two_within_the_bounds_are_valid(void)
{
	CHECK(!belfry_ring_bytes_valid(0));
	CHECK(!belfry_ring_bytes_valid(BELFRY_MIN_RING_BYTES / 2));
	CHECK(belfry_ring_bytes_valid(BELFRY_MIN_RING_BYTES));
	CHECK(!belfry_ring_bytes_valid(BELFRY_MIN_RING_BYTES + 4096));
	CHECK(belfry_ring_bytes_valid(BELFRY_MAX_RING_BYTES));
	CHECK(!belfry_ring_bytes_valid(BELFRY_MAX_RING_BYTES * 2u));
}

int main(void)
{
	random_seed();
	RUN(a_new_ring_is_empty);
	RUN(the_ring_is_mapped_twice_in_a_row);
	RUN(what_cannot_be_mapped_is_an_error);
	RUN_UNLESS_EMULATED(a_forked_child_does_not_get_the_pages, "MADV_DONTFORK");
	RUN(a_record_is_whole_wherever_it_begins);
	RUN(cursors_beyond_32_bits_are_like_others);
	RUN(a_full_ring_is_eagain_until_the_reader_consumed);
	RUN(a_record_may_fill_the_ring_exactly);
	RUN(what_never_fits_is_emsgsize);
	RUN(it_behaves_as_a_queue);
	RUN(a_tail_that_cannot_be_is_eproto);
	RUN(a_size_that_cannot_be_is_eproto);
	RUN(a_head_that_cannot_be_is_eproto);
	RUN(nothing_is_read_beyond_the_ring);
	RUN(only_powers_of_two_within_the_bounds_are_valid);
	return 0;
}
