/*
 * A master in C: does what a pool does for one worker, without supervision and restarts, by the
 * library's own ring and doorbell. A failure ends the test program.
 */
#ifndef BELFRY_TEST_MASTER_H
#define BELFRY_TEST_MASTER_H

#include "doorbell.h"
#include "ring.h"
#include "ring_map.h"

#include <sys/types.h>

struct master {
	/* Set by master_prepare; a test may change them before master_start. */
	const char *version; /* of BELFRY_VERSION in the worker's environment; NULL: none */
	bool block_usr1;     /* is SIGUSR1 blocked at its start? Yes, unless changed */
	int early_usr1;	     /* number of SIGUSR1 before its first instruction */
	int err;	     /* its standard error, or -1: this program's */

	pid_t pid;
	int requests_fd, replies_fd, doorbell_fd, lifeline_fd;
	int worker_lifeline_fd;
	struct belfry_ring_map requests_map, replies_map;
	struct belfry_requests *requests;
	struct belfry_replies *replies;

	struct belfry_ring_writer writer;
	struct belfry_ring_reader reader;
	struct belfry_ringer ringer;
	struct belfry_sleeper sleeper;
	_Atomic uint64_t request_head; /* requests up to here are answered: their space is free */
	_Atomic uint64_t wakes, signals;
	uint64_t next_id;
	uint64_t received; /* replies taken */
};

struct reply {
	struct belfry_record record;
	const char *data; /* until master_release */
};

/* The memory and descriptors of a worker that isn't started yet. */
void master_prepare(struct master *master, uint32_t ring_bytes, enum belfry_doorbell doorbell,
		    uint64_t spin_nanos);

/* The same with rings of two sizes. */
void master_prepare_rings(struct master *master, uint32_t ring_bytes, uint32_t reply_ring_bytes,
			  enum belfry_doorbell doorbell, uint64_t spin_nanos);

/* Starts it with SIGUSR1 blocked, in a process group of its own. `command` ends with NULL. */
void master_start(struct master *master, char *const *command);

/* Whether the worker has not ended. */
bool master_is_alive(const struct master *master);

/* Waits until the worker is in that state. */
void master_await_state(struct master *master, enum belfry_state state);

/* Sends a request; 0, or -EAGAIN when the ring of requests is full. Publishes and rings. */
int master_offer(struct master *master, uint32_t type, uint32_t attempt, const void *data,
		 size_t size);

/* Sends a text with type 0 as a first attempt; there has to be room. Returns the id. */
uint64_t master_send(struct master *master, const char *text);

/*
 * Withdraws the request that begins at cursor `start`, with bits of enum belfry_withdrawn. True: the worker never processes it. False:
 * it has begun, or its reply will say that it was skipped.
 */
bool master_withdraw(struct master *master, uint64_t start, uint32_t bits);

/* Waits until there is something in the ring of replies, good or bad. */
void master_await_reply(struct master *master);

/* Waits for the next reply and checks that it is to the oldest unanswered request. */
struct reply master_receive(struct master *master);

/* Is there a reply? Doesn't wait. */
bool master_has_reply(struct master *master);

/* Done with the reply: its space is the worker's, and its request's the master's. Rings. */
void master_release(struct master *master, const struct reply *reply);

/* Waits for the reply, checks that it is this text without a code, and releases it. */
void master_expect(struct master *master, const char *text);

/* Closes the lifeline, as the end of the master does. */
void master_cut_lifeline(struct master *master);

/* Waits for the worker's end and returns its wait status. Its replies can still be taken. */
int master_wait(struct master *master);

/* Gives everything back. Fails when a signal was lost. */
void master_close(struct master *master);

/* master_wait and master_close. */
int master_finish(struct master *master);

/* SIGTERM, and the worker has to exit with 0. */
void master_stop(struct master *master);

#endif
