/* The state of a worker. Outside the library only programs of the tests include this. */
#ifndef BELFRY_WORKER_STATE_H
#define BELFRY_WORKER_STATE_H

#include "doorbell.h"
#include "ring.h"
#include "ring_map.h"

#include <belfry/worker.h>

#include <sys/types.h>

/* The reply to the request in hand. */
struct belfry_reply_state {
	bool expected; /* there is a request in hand */
	bool claimed;
	bool fixed;
	size_t size;   /* what was claimed, then what was fixed */
	size_t wanted; /* bytes that wait_for_room waits for */
};

struct belfry_worker {
	const struct belfry_requests *requests; /* the master's header, read-only */
	struct belfry_replies *replies;		/* the worker's header */
	struct belfry_ring_map requests_map;
	struct belfry_ring_map replies_map;

	struct belfry_ring_reader reader;
	struct belfry_ring_writer writer;
	struct belfry_sleeper sleeper;
	struct belfry_ringer ringer;

	struct belfry_reply_state reply;
	/* 1 + where the record begins whose process() runs; 0: none does. For any thread. */
	_Atomic uint64_t begun;
	uint64_t in_hand; /* as the header says it; also that of a request not begun yet */
	char **arguments; /* of a module, ends with NULL */
	pid_t master;
	dev_t stderr_device; /* at the attach */
	ino_t stderr_inode;
};

/* Tells the master how far the worker has begun. */
static inline void belfry_store_in_hand(struct belfry_worker *worker, uint64_t end)
{
	worker->in_hand = end;
	atomic_store_explicit(&worker->replies->in_hand, end, memory_order_relaxed);
}

#endif
