/*
 * A ring of records in shared memory, with one writer and one reader in two processes that needn't
 * trust each other. Nothing here knows of workers, signals or sleeping: that is doorbell.h.
 *
 *	writer                                   reader
 *	  room for a record?                       load-acquire the tail: anything there?
 *	  write payload and header                 check the header's copy
 *	  store-release the tail  ------------>    use the payload in place
 *	  load-acquire the head   <------------    store-release the head
 *
 * The compiler doesn't know that the ring is mapped twice. It needn't: between two uses of the same
 * bytes, by either address, lies the acquire of the other side's cursor.
 *
 * Each side keeps its own cursor, and of the other's a copy that is loaded again only when the ring
 * seems full (or empty), so a busy ring moves few cache lines.
 *
 * A writer or reader is for one thread. It borrows its ring, whose mapping has to outlast it.
 */
#ifndef BELFRY_RING_H
#define BELFRY_RING_H

#include <belfry/layout.h>

#include <stdatomic.h>
#include <stdbool.h>

struct belfry_ring_writer {
	unsigned char *ring;
	uint32_t ring_bytes;
	_Atomic uint64_t *published_tail;	/* the writer's, for the reader */
	const _Atomic uint64_t *published_head; /* the reader's */
	uint64_t tail;
	uint64_t head; /* as last loaded and checked */
};

struct belfry_ring_reader {
	const unsigned char *ring;
	uint32_t ring_bytes;
	const _Atomic uint64_t *published_tail; /* the writer's */
	_Atomic uint64_t *published_head;	/* the reader's; NULL: not published */
	uint64_t tail;				/* as last loaded */
	uint64_t head;
	uint64_t record_bytes; /* of the record that belfry_ring_next gave */
	int close_looks;       /* see belfry_ring_look */
};

/* Is it a size that layout.h allows? */
bool belfry_ring_bytes_valid(uint32_t ring_bytes);

/* The largest payload in bytes. */
uint32_t belfry_ring_max_size(uint32_t ring_bytes);

/* Begins at cursor `start` with an empty ring. The caller sets the published cursors. */
void belfry_ring_writer_init(struct belfry_ring_writer *writer, unsigned char *ring,
			     uint32_t ring_bytes, uint64_t start);
void belfry_ring_reader_init(struct belfry_ring_reader *reader, const unsigned char *ring,
			     uint32_t ring_bytes, uint64_t start);

/*
 * Is there room for a record with `size` bytes? 0: write them to belfry_ring_payload, then publish,
 * with that size or less. -EAGAIN: full. -EMSGSIZE: never. -EPROTO: the reader's cursor is
 * nonsense.
 */
int belfry_ring_claim(struct belfry_ring_writer *writer, size_t size);

/* Where the next record's payload goes: contiguous, aligned to 8. */
void *belfry_ring_payload(const struct belfry_ring_writer *writer);

/* Makes the record visible, with its payload and all that was stored before. */
void belfry_ring_publish(struct belfry_ring_writer *writer, const struct belfry_record *record);

/* Would belfry_ring_next give something other than -EAGAIN? */
bool belfry_ring_has_next(struct belfry_ring_reader *reader);

/*
 * The oldest record, the same at each call until it is consumed: a checked copy of its header, and
 * a pointer to its payload in the ring. 0; -EAGAIN: empty; -EPROTO: the writer broke a rule, and
 * nothing can be read.
 */
int belfry_ring_next(struct belfry_ring_reader *reader, struct belfry_record *record,
		     const void **payload);

/* The cursor behind the record that belfry_ring_next gave. */
uint64_t belfry_ring_end(const struct belfry_ring_reader *reader);

/* The cursor behind the record after that one; 0 when no such record is known, or it is broken. */
uint64_t belfry_ring_following_end(const struct belfry_ring_reader *reader);

/*
 * What the writer has made of the `withdrawn` of the record at that cursor by now. For any thread;
 * the writer may have used the space for something else by then.
 */
uint32_t belfry_ring_withdrawn(const struct belfry_ring_reader *reader, uint64_t cursor);

/* Gives the space of the record from belfry_ring_next back to the writer. */
void belfry_ring_consume(struct belfry_ring_reader *reader);

/*
 * To be called after belfry_ring_consume: loads the tail if no further record is known. A reader as
 * fast as its writer would load it after each record, and each load takes the tail's cache line
 * from the writer, which slows both down. After some loads in a row that found few bytes the reader
 * pauses before each load, unless that doesn't help. A record of 64 bytes then takes 44 ns instead
 * of 72.
 */
void belfry_ring_look(struct belfry_ring_reader *reader);

#endif
