/*
 * Withdrawal at one slot of a pool, in any interleaving, with a death at any step: a request that is taken back for
 * certain is never processed, none is lost or answered twice, no record in use is overwritten. As it is in Slot,
 * Request, Recovery, ring.c and worker.c; withdrawal_test.cmake runs it. See doorbells.pml for how sleepers are woken;
 * here each reply rings.
 *
 *	submitter -> ring of ROOM records, reused -> worker, one incarnation after the other
 *	withdrawers: give up (cancel, deadline) or move any published record, at any time
 *	pool: takes replies      supervisor: deaths, next incarnations      worker_b: what was moved
 *
 * A record is named by its position (1..N), never reused, as the byte cursor is. Memory: a store may stay unseen for
 * any time and be passed by later ones until the thread's full fence; words of the VM alone are atomic.
 *
 * Each #ifdef breaks one thing that is needed, and SPIN has to notice.
 */
#ifndef N
#define N 3
#endif
#ifndef ROOM
#define ROOM 2
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef WITHDRAWERS
#define WITHDRAWERS 1
#endif
#ifndef TAKES
#define TAKES 2
#endif
#ifndef SESSION
#define SESSION 0 /* this position is a session's request */
#endif
#define INCARNATIONS (CRASHES + 1)
#define me (_pid + 1)
#define NO_THREAD 0

typedef word { byte own; byte seen; byte by };

inline store(w, value) { d_step { w.own = value; w.by = me } }
inline arrive(w) { d_step { w.seen = w.own; w.by = NO_THREAD } }
inline may_arrive(w)
{
	if
	:: w.by != NO_THREAD -> arrive(w)
	:: true
	fi
}

/* ids of requests by position: one was moved in from another place, whose ids are others (today's code keeps the id) */
#define idof(p) ((p) == 1 -> 2 : ((p) == 2 -> 1 : (p)))

/* ---- requests ring */
byte request_tail;          /* release: contents come with it */
byte record[ROOM];            /* which record's bytes are there */
byte record_inc[ROOM];       /* of a session: its incarnation; 0: any */
word withdrawn[ROOM];
byte resume;
/* ---- replies, of the last incarnation */
word in_hand[INCARNATIONS + 1];
word reply_tail;
byte reply_pos[N];
bool reply_skip[N];
/* ---- kernel */
byte cloned = 1;
bool ended;
/* ---- VM */
#define NONE 0
#define LIVE 1
#define PINNED 2
#define TAKEN 3   /* taken back for certain: a tombstone in A */
#define GONE 4    /* its reply was matched, or it was dropped */
#define SETTLED 5 /* given up when it had begun: what that replies reaches nobody */
byte state[N + 1];
bool done[N + 1];
byte queued, freed, taken, incarnation = 1;
bool consumed;
bool event = true;          /* the pool is to look: a reply was rung for, or a pin met and given back */
byte to_b[N + 1];
byte blames[N + 1];
bool flagged[N + 1];
byte session_inc[N + 1];
bool deaths_in[N + 1];      /* begun in a incarnation that has died */
/* ---- for assertions only */
bool certain[N + 1];
byte proc_inc[N + 1];
byte proc_a[N + 1], proc_b[N + 1];
byte withdrawers_left = WITHDRAWERS;
bool took;                  /* the last incarnation has taken a request */
byte broken;                /* the incarnation that broke a rule */

inline complete(p)
{
#ifdef COMPLETED_WITHOUT_CAS
	if
	:: !done[p] -> assert(!done[p]); done[p] = true
	:: else
	fi
#else
	d_step {
		if
		:: !done[p] -> done[p] = true
		:: else
		fi
	}
#endif
}

active proctype submitter()
{
	byte p;
	do
	:: p < N ->
		p++;
		/* WorkerSession: is it open? */
		if
		:: p == SESSION -> session_inc[p] = incarnation
		:: else
		fi;
		queued - freed < ROOM;
		/* RequestQueue.add before RingWriter.publish, as today */
		d_step { queued++; state[p] = LIVE }
		d_step {
			record[(p - 1) % ROOM] = p;
			record_inc[(p - 1) % ROOM] = session_inc[p];
#ifndef WORD_NOT_ZEROED
			withdrawn[(p - 1) % ROOM].own = 0;
			withdrawn[(p - 1) % ROOM].seen = 0;
			withdrawn[(p - 1) % ROOM].by = NO_THREAD;
#endif
			request_tail = p
		}
	:: else -> break
	od
}

#include "withdrawal_worker.pml"
#include "withdrawal_master.pml"
#include "withdrawal_recovery.pml"

active proctype judge()
{
	byte i;
	/* nothing is lost: all futures complete, all room is free, no pin is left */
	atomic {
		withdrawers_left == 0 && request_tail == N && freed == N && !consumed &&
		done[1] && done[2] && done[3] && to_b[1] + to_b[2] + to_b[3] == 0;
		i = 1;
		do
		:: i <= N ->
			assert(state[i] == GONE);
#ifndef LIAR
			assert(proc_a[i] + proc_b[i] <= cloned);         /* more than once only with a death */
#endif
			assert(proc_b[i] <= 1);
			assert(!(certain[i] && to_b[i] > 0));
			i++
		:: else -> break
		od
	}
}
