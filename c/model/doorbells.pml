/*
 * No wake-up is lost, in any interleaving: doorbells, rings and incarnations of one slot of a pool,
 * as they are in doorbell.c, ring.c, reply.c and worker.c, and in Slot, MasterSleep, Ringer,
 * RingReader, Dispatcher, ReplyThread, Poller and Recovery, whose names are used. doorbells_test.cmake runs it.
 *
 *	submitter --.                            .-- worker, one incarnation after the other
 *	            |--- requests, SIGUSR1 ----->|
 *	caller -----'                            |
 *	  |   pool <---- replies, eventfd -------'
 *	  '-- consumer lock --'-- supervisor
 *
 * There is no safety net: a sleeper sleeps until the bell. Only sleepers may wait for ever, while
 * submitter and caller wait for their replies, so a lost wake-up is what SPIN calls an invalid end
 * state. The rest is asserted: each request is answered once and in order, no record in use is
 * overwritten, and no later incarnation handles a request that was answered.
 *
 * The memory is weaker than x86's: any store, that of a compare-and-swap or of an unlock included,
 * may stay unseen by others for any time and be passed by later ones, until the next full fence of
 * its thread. Only the order that a release gives is taken for granted (a record is seen with its
 * tail; ring_threads_test checks that under ThreadSanitizer).
 *
 * SUBMITS and CALLS are numbers of requests, REQUEST_ROOM and REPLY_ROOM the records that fit the
 * rings, and CRASHES the number of the worker's deaths, at any step. With IN_PLACE the caller reads
 * its reply in the ring, without the lock, and gives its space back later. Left out are: other slots, with
 * which a slot shares only the pool's thread; TERM, deadlines and blame; and how threads of the VM
 * wait for each other (the submitter for room, the supervisor for the consumer lock).
 *
 * Each WITHOUT_ and each other #ifdef breaks one thing that is needed, and SPIN has to notice.
 * doorbells_test.cmake says which sizes are explored whole, and which broken forms are tried.
 */
#define REQUESTS (SUBMITS + CALLS)
#define NO_THREAD 0
#define odd(number) ((number) % 2)

/* A word as the thread that stored it sees it, and as the others do. */
typedef word {
	byte own;
	byte seen;
	byte by /* the thread whose store is on its way; NO_THREAD: all see the same */
};

/* ---- Shared memory, by writer: the master... */

word request_tail, reply_head, master_sleep;
byte resume;
byte requests[REQUEST_ROOM];

/* ...and the worker's last incarnation. Memory of earlier ones is never read. */

word reply_tail, worker_sleep;
byte replies[REPLY_ROOM];

/* ---- The kernel */

byte cloned = 1;      /* the last incarnation that was started */
bool usr1;	      /* pending */
bool ended, is_ready; /* the worker */
byte watched = 1;     /* the incarnation whose eventfd is in the pool's epoll */
bool eventfd;	      /* rung before it was watched; it is never read */
bool event, woken;    /* epoll's two edges: of that eventfd, and of Poller.wake */

/* ---- The VM */

word consumed; /* the consumer lock */
bool reserved;
bool kept_awake = true; /* master_sleep begins with 0, as after a call; in the VM with 1 */
byte incarnation = 1; /* the current one; 0: none */
byte last_rung, taken;
byte held; /* the reply that a caller reads in place; 0: none */
byte queued, freed; /* numbers of requests that were put into the queue, and answered */
bool attention;
byte answered_sleep; /* the worker's: the last master_sleep that it rang for */
byte replied; /* for an assertion: the last request whose reply is in a ring */

/* ---- Memory */

#define me (_pid + 1)

inline store(word_, value)
{
	d_step {
		word_.own = value;
		word_.by = me
	}
}

/*
 * Before each load of another thread's word: the arrival of a store matters only when it is loaded.
 * A wait for a word has to count a store that is on its way as arrived.
 */
inline may_arrive(word_)
{
	if
	:: word_.by != NO_THREAD -> arrive(word_)
	:: true
	fi
}

inline arrive(word_)
{
	d_step {
		word_.seen = word_.own;
		word_.by = NO_THREAD
	}
}

#define arrive_if_mine(word_)                                                                      \
	word_.seen = (word_.by == me -> word_.own : word_.seen);                                   \
	word_.by = (word_.by == me -> NO_THREAD : word_.by)

inline full_fence()
{
	d_step {
		arrive_if_mine(request_tail);
		arrive_if_mine(reply_head);
		arrive_if_mine(master_sleep);
		arrive_if_mine(consumed);
		renumber()
	}
}

/*
 * A number of master_sleep matters only by being odd, and by being the one that the worker has rung
 * for. The numbers only grow, except in a broken form, so this subtracts those that have passed.
 */
#define behind ((master_sleep.seen - 1) / 2 * 2)

inline renumber()
{
#ifndef ODD_NUMBER_STORED_LATER
	d_step {
		answered_sleep = (answered_sleep == master_sleep.seen -> answered_sleep : 0);
		answered_sleep = (answered_sleep == 0 -> 0 : answered_sleep - behind);
		master_sleep.own = master_sleep.own - behind;
		master_sleep.seen = master_sleep.seen - behind
	}
#else
	skip
#endif
}

#include "worker.pml"
#include "master_sleep.pml"
#include "ringer.pml"
#include "master.pml"
#include "recovery.pml"
