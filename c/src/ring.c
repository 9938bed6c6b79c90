/* See ring.h. All checks on what the other side wrote are in this file. */
#include "ring.h"

#include "pause.h"

#include <errno.h>
#include <string.h>

enum {
	ALIGNMENT = 8,
	RECORD_WORDS = sizeof(struct belfry_record) / sizeof(uint64_t),
	SMALL_BATCH_BYTES = 2048,
	MAX_CLOSE_LOOKS = 8, /* in a row that found few bytes */
	PAUSES = 64,
	LOOKS_WITHOUT = 64, /* without a pause before them, after a pause that didn't help */
};

_Static_assert(sizeof(struct belfry_record) % sizeof(uint64_t) == 0, "a record is whole words");

bool belfry_ring_bytes_valid(uint32_t ring_bytes)
{
	return ring_bytes >= BELFRY_MIN_RING_BYTES && ring_bytes <= BELFRY_MAX_RING_BYTES &&
	       (ring_bytes & (ring_bytes - 1)) == 0;
}

uint32_t belfry_ring_max_size(uint32_t ring_bytes)
{
	return ring_bytes - BELFRY_RING_RESERVE;
}

void belfry_ring_writer_init(struct belfry_ring_writer *writer, unsigned char *ring,
			     uint32_t ring_bytes, uint64_t start)
{
	writer->ring = ring;
	writer->ring_bytes = ring_bytes;
	writer->tail = start;
	writer->head = start;
}

void belfry_ring_reader_init(struct belfry_ring_reader *reader, const unsigned char *ring,
			     uint32_t ring_bytes, uint64_t start)
{
	reader->ring = ring;
	reader->ring_bytes = ring_bytes;
	reader->tail = start;
	reader->head = start;
	reader->record_bytes = 0;
	reader->close_looks = 0;
}

static unsigned char *at(unsigned char *ring, uint32_t ring_bytes, uint64_t cursor)
{
	return ring + (cursor & (ring_bytes - 1));
}

int belfry_ring_claim(struct belfry_ring_writer *writer, size_t size)
{
	uint64_t wanted;

	if (size > belfry_ring_max_size(writer->ring_bytes))
		return -EMSGSIZE;
	wanted = BELFRY_RECORD_BYTES(size);
	if (writer->tail - writer->head + wanted <= writer->ring_bytes)
		return 0;

	/* Pairs with the release in belfry_ring_consume: the reader is done with that space. */
	writer->head = atomic_load_explicit(writer->published_head, memory_order_acquire);
	if (writer->tail - writer->head > writer->ring_bytes)
		return -EPROTO;
	return writer->tail - writer->head + wanted <= writer->ring_bytes ? 0 : -EAGAIN;
}

void *belfry_ring_payload(const struct belfry_ring_writer *writer)
{
	return at(writer->ring, writer->ring_bytes, writer->tail) + sizeof(struct belfry_record);
}

void belfry_ring_publish(struct belfry_ring_writer *writer, const struct belfry_record *record)
{
	memcpy(at(writer->ring, writer->ring_bytes, writer->tail), record, sizeof *record);
	writer->tail += BELFRY_RECORD_BYTES(record->size);
	/* Pairs with the acquire in load_tail: a reader that sees the tail sees the record. */
	atomic_store_explicit(writer->published_tail, writer->tail, memory_order_release);
}

static void load_tail(struct belfry_ring_reader *reader)
{
	/* Pairs with the release in belfry_ring_publish. */
	reader->tail = atomic_load_explicit(reader->published_tail, memory_order_acquire);
}

bool belfry_ring_has_next(struct belfry_ring_reader *reader)
{
	if (reader->head == reader->tail)
		load_tail(reader);
	return reader->head != reader->tail;
}

static const unsigned char *record_at(const struct belfry_ring_reader *reader, uint64_t cursor)
{
	return reader->ring + (cursor & (reader->ring_bytes - 1));
}

/* Loads each word exactly once, because a hostile writer may change it at any time. */
static void load_record(struct belfry_record *record, const unsigned char *from)
{
	unsigned char *to = (unsigned char *)record;

	for (size_t i = 0; i < RECORD_WORDS; i++) {
		const void *word = from + i * sizeof(uint64_t);
		const uint64_t copy =
			atomic_load_explicit((const _Atomic uint64_t *)word, memory_order_relaxed);

		memcpy(to + i * sizeof copy, &copy, sizeof copy);
	}
}

int belfry_ring_next(struct belfry_ring_reader *reader, struct belfry_record *record,
		     const void **payload)
{
	const unsigned char *from;
	uint64_t available;

	if (!belfry_ring_has_next(reader))
		return -EAGAIN;
	available = reader->tail - reader->head;
	if (available > reader->ring_bytes || available % ALIGNMENT != 0 ||
	    available < sizeof *record)
		return -EPROTO;

	from = record_at(reader, reader->head);
	load_record(record, from);
	if (record->size > belfry_ring_max_size(reader->ring_bytes) ||
	    BELFRY_RECORD_BYTES(record->size) > available)
		return -EPROTO;
	reader->record_bytes = BELFRY_RECORD_BYTES(record->size);
	*payload = from + sizeof *record;
	return 0;
}

uint64_t belfry_ring_end(const struct belfry_ring_reader *reader)
{
	return reader->head + reader->record_bytes;
}

uint64_t belfry_ring_following_end(const struct belfry_ring_reader *reader)
{
	const uint64_t start = belfry_ring_end(reader);
	const uint64_t available = reader->tail - start;
	const void *word = record_at(reader, start) + offsetof(struct belfry_record, size);
	uint32_t size;

	if (available < sizeof(struct belfry_record))
		return 0;
	size = atomic_load_explicit((const _Atomic uint32_t *)word, memory_order_relaxed);
	return BELFRY_RECORD_BYTES(size) <= available ? start + BELFRY_RECORD_BYTES(size) : 0;
}

uint32_t belfry_ring_withdrawn(const struct belfry_ring_reader *reader, uint64_t cursor)
{
	const void *word = record_at(reader, cursor) + offsetof(struct belfry_record, withdrawn);

	return atomic_load_explicit((const _Atomic uint32_t *)word, memory_order_acquire);
}

void belfry_ring_consume(struct belfry_ring_reader *reader)
{
	reader->head += reader->record_bytes;
	reader->record_bytes = 0;
	/* Pairs with the acquire in belfry_ring_claim: the record is no longer read. */
	if (reader->published_head != NULL)
		atomic_store_explicit(reader->published_head, reader->head, memory_order_release);
}

void belfry_ring_look(struct belfry_ring_reader *reader)
{
	const bool waits = reader->close_looks >= MAX_CLOSE_LOOKS;

	if (reader->head != reader->tail)
		return;
	for (int i = 0; waits && i < PAUSES; i++)
		belfry_pause();
	load_tail(reader);
	if (reader->head == reader->tail)
		reader->close_looks = 0;
	else if (reader->tail - reader->head < SMALL_BATCH_BYTES)
		reader->close_looks = waits ? -LOOKS_WITHOUT : reader->close_looks + 1;
	else if (!waits)
		reader->close_looks = 0;
}
