/*
 * Every byte that a master and a worker share. Layout.java is the twin of this file; a test
 * compares the two through the compiled C. A change here needs a new BELFRY_LAYOUT_VERSION.
 *
 * Two memfds for a worker, each with exactly one writer and sealed against a change of its size:
 *
 *	requests   the master writes, the worker maps it read-only
 *	replies    the worker writes, the master maps it read-only
 *
 * Each is a header of one page, then the ring. The ring's pages are mapped twice in a row, so a
 * record that wraps is still one contiguous piece:
 *
 *	file	 | header |    ring    |
 *	mapped	 | header |    ring    |    ring    |
 *
 * A cursor counts bytes since the ring was new and never wraps; cursor % ring_bytes is the offset
 * in the ring. The words of each side are 128 bytes apart from the other's: no cache line, nor the
 * pair of lines that the hardware prefetches, has two writers.
 *
 * C11, for the library and its tests; a worker needs only <belfry/worker.h>.
 */
#ifndef BELFRY_LAYOUT_H
#define BELFRY_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#define BELFRY_LAYOUT_VERSION 2u

#define BELFRY_REQUESTS_MAGIC 0x51667242u /* "BrfQ" */
#define BELFRY_REPLIES_MAGIC 0x50667242u  /* "BrfP" */

/* The descriptors that a worker is born with. BELFRY_VERSION in its environment says so; its value
 * is the decimal BELFRY_LAYOUT_VERSION of the master. */
enum {
	BELFRY_REQUESTS_FD = 3,
	BELFRY_REPLIES_FD = 4,
	BELFRY_DOORBELL_FD = 5, /* eventfd, non-blocking: the worker writes 1 to ring the master */
	BELFRY_LIFELINE_FD =
		6, /* read end of a pipe; the master holds the write end and never writes */
};

/* When the sender of a message rings. */
enum belfry_doorbell {
	BELFRY_ADAPTIVE = 0, /* when the receiver sleeps */
	BELFRY_ALWAYS = 1,   /* for each message */
	BELFRY_SPIN = 2,     /* never: the receiver doesn't sleep */
};

enum belfry_state {
	BELFRY_STARTING = 0,
	BELFRY_READY = 1,   /* init has succeeded */
	BELFRY_LEAVING = 2, /* takes no more requests, after TERM or INT */
};

/* Written by the master. */
struct belfry_requests {
	/* Set before a worker is started; version last, store-release: "the rest is there". */
	_Alignas(128) uint32_t magic;
	_Atomic uint32_t version;
	uint32_t header_bytes; /* where the ring begins: the page size */
	uint32_t ring_bytes;   /* a power of two; that of the replies is what their file has */
	uint32_t doorbell;     /* enum belfry_doorbell */
	uint32_t slot;	       /* the worker's index in its pool, from 0 */
	/* How long a receiver looks before it sleeps, 0: not at all; the one word here that may change. */
	_Atomic uint64_t spin_nanos;
	uint64_t pool; /* number of the pool in its VM, from 1 */

	_Alignas(128) _Atomic uint64_t request_tail; /* requests are published up to here */
	_Atomic uint64_t submitted;		     /* number of these, moved ones included */

	_Alignas(128) _Atomic uint64_t reply_head; /* replies are consumed up to here */
	_Alignas(128) _Atomic uint64_t
		master_sleep; /* odd: asleep; each sleep has its own number */

	_Alignas(128) uint64_t resume; /* where this incarnation begins; set before its start */
	uint64_t incarnation;	       /* from 1: number of starts of this slot's worker */

	/* For statistics: the counters of earlier incarnations, summed, and the master's own. */
	_Alignas(128) _Atomic uint64_t past_answered;
	_Atomic uint64_t past_faults;
	_Atomic uint64_t past_busy_nanos;
	_Atomic uint64_t past_wakes;
	_Atomic uint64_t past_signals;
	_Atomic uint64_t past_rescues;
	_Atomic uint64_t deaths;
	_Atomic uint64_t left; /* submitted and never answered: withdrawn, moved or given up */
	_Atomic uint64_t master_rescues;
	_Atomic uint32_t breaker_open; /* the whole pool's: 1 while requests are refused, else 0 */
	_Atomic uint64_t ended_nanos;  /* CLOCK_MONOTONIC at this incarnation's end; 0 before */
	/* Twice the last incarnation in the sums above; less 1 while that one is being added. */
	_Atomic uint64_t summed;
	_Atomic uint64_t withdrawn;    /* taken back for their callers before they were begun */
	_Atomic uint64_t timed_out;    /* requests that failed because they took too long */
	/* Of what waits in the pool and in no ring; in the first slot's header. */
	_Atomic uint64_t queued;
	_Atomic uint64_t queue_withdrawn;
	_Atomic uint64_t queue_timed_out;
};

/* Written by the worker. The master distrusts each word. */
struct belfry_replies {
	/* Version last, store-release: "the rest is there". */
	_Alignas(128) uint32_t magic;
	_Atomic uint32_t version;
	uint32_t header_bytes;
	uint32_t ring_bytes;
	uint64_t incarnation; /* copied from the requests */

	_Alignas(128) _Atomic uint64_t reply_tail; /* replies are published up to here */
	_Alignas(128) _Atomic uint64_t
		worker_sleep; /* odd: asleep; each sleep has its own number */

	_Alignas(128) _Atomic uint32_t state; /* enum belfry_state */
	_Atomic uint32_t pid;
	/* The cursor behind the request that was begun last; 0 before the first. See withdrawal. */
	_Atomic uint64_t in_hand;

	_Alignas(128) _Atomic uint64_t answered;
	_Atomic uint64_t faults;     /* of these, answered with a code */
	_Atomic uint64_t busy_nanos; /* signed; see below */
	_Atomic uint64_t wakes;	     /* ends of a sleep with something to do */
	_Atomic uint64_t signals;    /* doorbell signals taken */
	_Atomic uint64_t rescues;    /* ends of a sleep by the safety net, so always 0 */
	_Atomic uint64_t skips;	     /* requests that were withdrawn before they were begun */
};

/*
 * busy_nanos is one word, so that it is right whenever it is read and whenever the worker dies.
 * While the worker is busy it is negative, and the clock (CLOCK_MONOTONIC) has to be added:
 *
 *	t: the worker becomes busy    busy_nanos -= t
 *	t: the worker becomes idle    busy_nanos += t
 */

/* In both rings: this, then `size` bytes, then up to 7 unspecified ones, so that it begins at a
 * multiple of 8. A record exists once the tail is beyond it. */
struct belfry_record {
	uint32_t size; /* of what follows */
	uint32_t type; /* chosen by the caller; a reply has its request's */
	uint64_t id;   /* not 0; a reply has its request's */
	union {
		uint32_t attempt; /* of a request: from 1, counts its calls of process() */
		uint32_t code;	  /* of a reply: what process() returned */
	};
	union {
		uint32_t withdrawn; /* of a request: bits of enum belfry_withdrawn */
		uint32_t flags;	    /* of a reply: enum belfry_flags */
	};
};

/*
 * A request that its worker hasn't begun can be taken back. Each side stores its own word and then
 * loads the other's, with a full fence between:
 *
 *	master                                    worker, for each request
 *	  record.withdrawn |= bits                  in_hand = the cursor behind it
 *	  full fence                                full fence
 *	  h = load in_hand                          w = load record.withdrawn
 *	  h is behind the record, or farther:       w & SKIP: reply SKIPPED, empty
 *	    its reply will tell                     otherwise process it
 *	  otherwise: it is never processed
 *
 * The bits from BELFRY_SESSION_SHIFT on say which incarnation it is for, 0 for any: a session's
 * request is skipped by all others.
 */
enum belfry_withdrawn {
	BELFRY_SKIP = 1,      /* unless it has begun */
	BELFRY_ABANDONED = 2, /* nothing waits for its reply */
	BELFRY_SESSION_SHIFT = 2,
};

enum belfry_flags {
	BELFRY_SKIPPED = 1, /* it was withdrawn, and not processed: empty, with the code 0 */
};

#define BELFRY_RECORD_BYTES(size)                                                                  \
	(((uint64_t)sizeof(struct belfry_record) + (size) + 7) & ~(uint64_t)7)

enum {
	BELFRY_MIN_RING_BYTES = 64 << 10,
	BELFRY_MAX_RING_BYTES = 256 << 20,
	BELFRY_RING_RESERVE = 64, /* the largest message is the ring less this */
};

_Static_assert(sizeof(struct belfry_record) == 24, "record");
_Static_assert(offsetof(struct belfry_record, type) == 4, "record");
_Static_assert(offsetof(struct belfry_record, id) == 8, "record");
_Static_assert(offsetof(struct belfry_record, attempt) == 16, "record");
_Static_assert(offsetof(struct belfry_record, code) == 16, "record");
_Static_assert(offsetof(struct belfry_record, withdrawn) == 20, "record");
_Static_assert(offsetof(struct belfry_record, flags) == 20, "record");

_Static_assert(offsetof(struct belfry_requests, version) == 4, "requests");
_Static_assert(offsetof(struct belfry_requests, header_bytes) == 8, "requests");
_Static_assert(offsetof(struct belfry_requests, ring_bytes) == 12, "requests");
_Static_assert(offsetof(struct belfry_requests, doorbell) == 16, "requests");
_Static_assert(offsetof(struct belfry_requests, slot) == 20, "requests");
_Static_assert(offsetof(struct belfry_requests, spin_nanos) == 24, "requests");
_Static_assert(offsetof(struct belfry_requests, pool) == 32, "requests");
_Static_assert(offsetof(struct belfry_requests, request_tail) == 128, "requests");
_Static_assert(offsetof(struct belfry_requests, submitted) == 136, "requests");
_Static_assert(offsetof(struct belfry_requests, reply_head) == 256, "requests");
_Static_assert(offsetof(struct belfry_requests, master_sleep) == 384, "requests");
_Static_assert(offsetof(struct belfry_requests, resume) == 512, "requests");
_Static_assert(offsetof(struct belfry_requests, incarnation) == 520, "requests");
_Static_assert(offsetof(struct belfry_requests, past_answered) == 640, "requests");
_Static_assert(offsetof(struct belfry_requests, deaths) == 688, "requests");
_Static_assert(offsetof(struct belfry_requests, left) == 696, "requests");
_Static_assert(offsetof(struct belfry_requests, master_rescues) == 704, "requests");
_Static_assert(offsetof(struct belfry_requests, breaker_open) == 712, "requests");
_Static_assert(offsetof(struct belfry_requests, ended_nanos) == 720, "requests");
_Static_assert(offsetof(struct belfry_requests, summed) == 728, "requests");
_Static_assert(offsetof(struct belfry_requests, queue_timed_out) == 768, "requests");
_Static_assert(sizeof(struct belfry_requests) == 896, "requests");

_Static_assert(offsetof(struct belfry_replies, version) == 4, "replies");
_Static_assert(offsetof(struct belfry_replies, incarnation) == 16, "replies");
_Static_assert(offsetof(struct belfry_replies, reply_tail) == 128, "replies");
_Static_assert(offsetof(struct belfry_replies, worker_sleep) == 256, "replies");
_Static_assert(offsetof(struct belfry_replies, state) == 384, "replies");
_Static_assert(offsetof(struct belfry_replies, pid) == 388, "replies");
_Static_assert(offsetof(struct belfry_replies, in_hand) == 392, "replies");
_Static_assert(offsetof(struct belfry_replies, answered) == 512, "replies");
_Static_assert(offsetof(struct belfry_replies, faults) == 520, "replies");
_Static_assert(offsetof(struct belfry_replies, busy_nanos) == 528, "replies");
_Static_assert(offsetof(struct belfry_replies, wakes) == 536, "replies");
_Static_assert(offsetof(struct belfry_replies, signals) == 544, "replies");
_Static_assert(offsetof(struct belfry_replies, rescues) == 552, "replies");
_Static_assert(offsetof(struct belfry_replies, skips) == 560, "replies");
_Static_assert(sizeof(struct belfry_replies) == 640, "replies");

#endif
