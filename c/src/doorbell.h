/*
 * Doorbells: a ring says what there is to do, a doorbell only says "look". A receiver with nothing
 * to do sleeps, and a sender rings a sleeping receiver, once for each sleep:
 *
 *	receiver                                  sender
 *	  spin a little                             publish: store-release its cursor
 *	  sleep = next odd   (its own word)         full fence
 *	  full fence                                s = load the receiver's sleep
 *	  look again: anything there?               if s is odd and not the last one rung:
 *	  wait for the bell, a second at most         remember it; ring
 *	  sleep = next even
 *
 * Each side stores its own word and then loads the other's, with a full fence between, so at least
 * one of them sees the other: the receiver what was published, or the sender that the receiver
 * sleeps. The limit of a second is a safety net that must never be what wakes a receiver; `rescues`
 * counts how often it was.
 *
 * The caller supplies the wait and the bell: a signal to a worker, an eventfd to the master.
 */
#ifndef BELFRY_DOORBELL_H
#define BELFRY_DOORBELL_H

#include <belfry/layout.h>

#include <stdatomic.h>
#include <stdbool.h>

/* The receiver's side, for one thread. The caller sets all but `number`, which begins with 0. */
struct belfry_sleeper {
	_Atomic uint64_t *sleep; /* the word that the sender looks at */
	enum belfry_doorbell doorbell;
	uint64_t spin_nanos; /* how long it looks before it sleeps */

	void *context; /* of `ready` and `wait` */

	/* Is there something to do? Asked often, so it should cost no more than a load. */
	bool (*ready)(void *context);

	/*
	 * Waits for the bell: 0 when it was rung, -EAGAIN after a second, -EINTR when `ready`
	 * should be asked for another reason.
	 */
	int (*wait)(void *context);

	/* Counters that only this sleeper writes; other threads and processes may read them. */
	_Atomic uint64_t *wakes;   /* ends of a sleep with something to do */
	_Atomic uint64_t *signals; /* bells heard */
	_Atomic uint64_t *rescues; /* there was something to do and no bell */

	uint64_t number; /* as in *sleep */
};

/* The sender's side, for one thread. The caller sets `sleep` and `doorbell`. */
struct belfry_ringer {
	const _Atomic uint64_t *sleep; /* the receiver's word */
	enum belfry_doorbell doorbell;
	uint64_t last_rung; /* 0 at first: no sleep has that number */
};

/*
 * Returns when `ready` says yes. `begin_nanos` is the clock now. Returns the clock as it was at
 * most a few pauses before, so that after a spin the clock needs no further look.
 */
uint64_t belfry_sleeper_wait(struct belfry_sleeper *sleeper, uint64_t begin_nanos);

/* To be called after each publication. True: the caller has to ring the receiver now. */
bool belfry_ringer_must_ring(struct belfry_ringer *ringer);

/*
 * Marks a non-blocking eventfd as the bell, before it is rung: its number may become another file's
 * when a library closes descriptors that aren't its own. 0, or -errno of fcntl.
 */
int belfry_eventfd_mark(int fd);

/*
 * Rings the bell: adds 1. A full count is no failure, for it has been rung. 0, or -EBADF when the
 * descriptor is closed, or another file's by now, which isn't touched.
 */
int belfry_eventfd_ring(int fd);

/* Nanoseconds of CLOCK_MONOTONIC. */
uint64_t belfry_clock_nanos(void);

/* Adds to a word that only this thread writes. Other threads and processes may read it. */
static inline void belfry_count(_Atomic uint64_t *counter, uint64_t more)
{
	uint64_t so_far = atomic_load_explicit(counter, memory_order_relaxed);

	atomic_store_explicit(counter, so_far + more, memory_order_relaxed);
}

#endif
