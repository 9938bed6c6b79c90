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

#if CRASHES > 0
#define may_die                                                                                    \
	if                                                                                         \
	:: self <= CRASHES -> goto dying                                                           \
	:: true                                                                                    \
	fi
#else
#define may_die skip
#endif

inline worker_fence()
{
	d_step {
		in_hand[self].seen = in_hand[self].own;
		in_hand[self].by = NO_THREAD;
		reply_tail.seen = reply_tail.own;
		reply_tail.by = NO_THREAD
	}
}

active proctype worker()
{
	byte self, head, p;
	bool skips, hand_is_set;

end_unborn:
	atomic {
		self < cloned;
		self++;
		head = resume
	}
end_serve:
	atomic {
		request_tail > head || (self <= CRASHES);
		if
		:: request_tail > head -> p = head + 1
		:: self <= CRASHES -> goto dying
		fi
	}
	assert(record[(p - 1) % ROOM] == p);
#ifdef LOOKED_BEFORE_STORED
	atomic {
		may_arrive(withdrawn[(p - 1) % ROOM]);
		skips = withdrawn[(p - 1) % ROOM].seen
	}
#endif
	if
	:: !hand_is_set ->
#ifdef LIAR
		atomic {
			may_die;
			if
			:: store(in_hand[self], p)
			:: self == 1 -> store(in_hand[self], 0)
			:: self == 1 -> store(in_hand[self], N)
			fi;
			took = true
		}
#else
		atomic { may_die; store(in_hand[self], p); took = true }
#endif
#ifndef WITHOUT_WORKER_FENCE
		atomic { may_die; worker_fence() }
#endif
	:: else
	fi;
	hand_is_set = false;
	atomic {
		may_die;
#ifndef LOOKED_BEFORE_STORED
		may_arrive(withdrawn[(p - 1) % ROOM]);
		skips = withdrawn[(p - 1) % ROOM].seen;
#endif
#ifndef SESSION_BY_WITHDRAWAL
		skips = skips || (record_inc[(p - 1) % ROOM] != 0 && record_inc[(p - 1) % ROOM] != self);
#endif
#ifdef LIAR
		if
		:: true
		:: self == 1 -> skips = !skips
		fi;
#endif
		if
		:: !skips ->
			/* process() begins */
#ifndef LIAR
			assert(!certain[p]);
#endif
			assert(session_inc[p] == 0 || session_inc[p] == self);
			proc_a[p]++;
			proc_inc[p] = self
		:: else
		fi
	}
	atomic {
		may_die;
		assert(record[(p - 1) % ROOM] == p); /* its bytes are untouched until it is answered */
		d_step {
			reply_pos[reply_tail.own] = p;
			reply_skip[reply_tail.own] = skips;
			store(reply_tail, reply_tail.own + 1)
		}
	}
#ifdef ONE_FENCE
	/* the next record's id goes out with the fence that the reply needs anyway */
	atomic {
		may_die;
		if
		:: request_tail > head + 1 -> store(in_hand[self], head + 2); took = true; hand_is_set = true
		:: else
		fi
	}
#endif
	atomic { may_die; worker_fence(); head++; skips = false; p = 0 }
	atomic { may_die; event = true }
	goto end_serve;

dying:
	atomic {
		worker_fence();
		if
		:: proc_inc[in_hand[self].own] == self && in_hand[self].own != 0 -> deaths_in[in_hand[self].own] = true
		:: else
		fi;
		head = 0; p = 0; skips = false; hand_is_set = false;
		ended = true
	}
	goto end_unborn
}

/*
 * Under the consumer lock: the reply to the oldest request, which no thread has pinned. Three steps: claim the record
 * (in an atomic step of the caller's), tell, free.
 */
inline claim()
{
	q = freed + 1;
	skipped = reply_skip[taken];
	was = state[q];
#ifdef LIAR
	if
	:: (skipped && !flagged[q]) || (!skipped && was == TAKEN) -> broken = cloned; q = 0; skipped = false; was = 0
	:: else ->
#endif
	/* SKIPPED for what was never withdrawn, and an answer to what was taken back: broken rules. */
	assert(reply_pos[taken] == q);
	assert(was == LIVE || was == TAKEN);
	assert(!skipped || flagged[q] || (session_inc[q] != 0 && session_inc[q] != incarnation));
	assert(skipped || was != TAKEN);
	state[q] = GONE;
	taken++
#ifdef LIAR
	fi
#endif
}

inline tell_and_free()
{
	if
	:: q != 0 && !skipped -> complete(q)
	:: q != 0 && skipped && was == LIVE && !done[q] ->
		if
		:: session_inc[q] != 0 -> complete(q) /* WorkerDiedException */
		:: else ->
#ifdef SKIPPED_DROPPED
			skip
#else
			d_step {
				assert(record[(q - 1) % ROOM] == q); /* handed out again: copied before it is freed */
				to_b[q]++
			}
#endif
		fi
	:: else
	fi;
	d_step {
		freed = (q != 0 -> freed + 1 : freed);
		q = 0;
		was = 0;
		skipped = false
	}
}

#define there_is_a_reply (incarnation != 0 && incarnation == cloned && reply_tail.seen > taken && broken != cloned)

active proctype pool()
{
	byte q, was;
	bool skipped;
end_pool:
	atomic { event -> event = false };
	atomic { !consumed -> consumed = true };
read:
	atomic {
		may_arrive(reply_tail);
		if
		:: there_is_a_reply && state[freed + 1] != PINNED -> claim()
		:: else -> consumed = false; goto end_pool /* the thread that unpins calls for a look */
		fi
	}
	tell_and_free();
	goto read
}

active proctype worker_b()
{
	byte p;
end_b:
	atomic {
		if
		:: to_b[1] > 0 -> p = 1
		:: to_b[2] > 0 -> p = 2
		:: to_b[3] > 0 -> p = 3
		fi;
		to_b[p]--;
		proc_b[p]++
	}
	complete(p);
	p = 0;
	goto end_b
}

#if WITHDRAWERS > 0
active [WITHDRAWERS] proctype withdrawer()
{
	byte p, h, l, takes;
	bool moves, begun;

again:
	skip;
	if
	:: takes == TAKES -> goto over
	:: takes < TAKES -> takes++
	:: goto over
	fi;
	if
	:: p = 1
	:: p = 2
	:: p = 3
	fi;
	if
#ifndef GIVE_UP_ONLY
	:: moves = true
#endif
	:: moves = false
	fi;
	if
	:: moves && SESSION == p -> goto again
	:: else
	fi;
	/* published? */
#ifdef BEFORE_PUBLISHED
	if
	:: queued >= p
	:: queued < p -> goto again
	fi;
#else
	if
	:: request_tail >= p
	:: request_tail < p -> goto again
	fi;
#endif
	d_step {
		if
		:: state[p] == LIVE && !(moves && done[p]) ->
#ifndef WITHOUT_PIN
			state[p] = PINNED;
#endif
			begun = true
		:: else -> begun = false
		fi
	}
	if
	:: !begun -> goto again
	:: else
	fi;
	if
	:: !moves -> complete(p) /* future.cancel, or the deadline's exception */
	:: else
	fi;
#ifdef INCARNATION_LOOKED_AT_FIRST
	l = incarnation;
#endif
	d_step { store(withdrawn[(p - 1) % ROOM], 1); flagged[p] = true }
#ifndef WITHOUT_MASTER_FENCE
	d_step {
		if
		:: withdrawn[(p - 1) % ROOM].by == me -> arrive(withdrawn[(p - 1) % ROOM])
		:: else
		fi
	}
#endif
#ifndef INCARNATION_LOOKED_AT_FIRST
	l = incarnation;
#endif
	atomic {
		if
		:: l == 0 -> h = 0
		:: l != 0 && l == incarnation ->
			may_arrive(in_hand[l]);
			h = in_hand[l].seen
		:: l != 0 && l != incarnation -> h = in_hand[l].own
		:: l != 0 && l != incarnation -> h = 0 /* its memory is closed: zeros */
		fi;
		l = 0
	}
#ifdef BY_ID
	begun = (h != 0 && idof(h) >= idof(p));
#else
#ifdef STRICTLY_BEHIND
	begun = (h > p);
#else
	begun = (h >= p);
#endif
#endif
	h = 0;
	if
	:: begun ->
		d_step {
			if
			:: state[p] == PINNED -> state[p] = LIVE
			:: else
			fi
		}
	:: else ->
#ifdef WITHOUT_PIN
		d_step {
			if
			:: state[p] == LIVE -> state[p] = TAKEN; begun = false
			:: else -> begun = true
			fi
		}
		if
		:: begun -> goto again
		:: else
		fi;
#endif
		d_step {
#ifndef LIAR
			/* the incarnation that runs has not begun it and never will */
			assert(!(proc_inc[p] == cloned && !ended));
			/* one that died with it in hand has been counted */
			assert(!(moves && deaths_in[p]) || blames[p] > 0);
#endif
			certain[p] = true
		}
#ifdef UNPINNED_BEFORE_COPIED
		state[p] = TAKEN;
#endif
		if
		:: moves ->
			assert(record[(p - 1) % ROOM] == p); /* the copy */
			to_b[p]++
		:: else
		fi;
#ifndef UNPINNED_BEFORE_COPIED
#ifndef WITHOUT_PIN
		state[p] = TAKEN
#else
		skip
#endif
#endif
	fi;
#ifndef WITHOUT_LOOK_AFTER_UNPIN
	event = true; /* Slot.withdraw: after a fence, if there is a reply */
#endif
	begun = false;
	moves = false;
	p = 0;
	goto again;
over:
	skip;
	d_step { withdrawers_left--; takes = 0; p = 0; moves = false }
}
#endif

/* Recovery.dropSettled */
inline drop_settled()
{
	do
	:: atomic {
		freed < request_tail && (state[freed + 1] == TAKEN || (state[freed + 1] == LIVE && done[freed + 1]));
		state[freed + 1] = GONE;
		freed++
	}
	:: freed == request_tail || !(state[freed + 1] == TAKEN || (state[freed + 1] == LIVE && done[freed + 1])) -> break
	od;
	skip
}

inline blame()
{
	atomic {
#ifndef BLAMED_WHILE_PINNED
		freed == request_tail || state[freed + 1] != PINNED; /* the thread that withdraws it decides first */
#endif
		if
#ifdef BLAMED_BEFORE_DROPPED
		:: freed < request_tail && in_hand[cloned].own == freed + 1 ->
#else
		:: freed < request_tail && in_hand[cloned].own == freed + 1 &&
		   (state[freed + 1] == LIVE || state[freed + 1] == PINNED) ->
#endif
			blames[freed + 1]++;
#ifndef LIAR
			assert(took);
			assert(!certain[freed + 1])
#endif
		:: else
		fi
	}
}

#if CRASHES > 0
active proctype supervisor()
{
	byte q, was;
	bool skipped;
end_watching:
	if
	:: atomic { incarnation != 0 && ended && incarnation == cloned && !consumed -> consumed = true };
#ifndef WITHOUT_LAST_REPLIES
		do
		:: reply_tail.seen > taken && broken != cloned ->
			atomic { state[freed + 1] != PINNED -> claim() };
			tell_and_free()
		:: else -> break
		od;
#endif
#ifdef INCARNATION_GONE_BEFORE_BLAME
		incarnation = 0;
#endif
#ifdef BLAMED_BEFORE_DROPPED
		blame();
		drop_settled();
#else
		drop_settled();
		blame();
#endif
#if SESSION > 0
		/* the session is lost */
		if
		:: state[SESSION] == LIVE && session_inc[SESSION] == cloned ->
			complete(SESSION);
#ifdef SESSION_BY_WITHDRAWAL
			d_step { flagged[SESSION] = true; withdrawn[(SESSION - 1) % ROOM].own = 1; withdrawn[(SESSION - 1) % ROOM].seen = 1 }
#endif
		:: else
		fi;
#endif
#ifndef INCARNATION_GONE_BEFORE_BLAME
		incarnation = 0;
#endif
		consumed = false
	:: atomic { incarnation == 0 && !consumed -> consumed = true };
		drop_settled();
		d_step {
			resume = freed;
			reply_tail.own = 0; reply_tail.seen = 0; reply_tail.by = NO_THREAD;
			taken = 0
#ifdef IN_HAND_OF_THE_DEAD
			; in_hand[cloned + 1].own = in_hand[cloned].own
			; in_hand[cloned + 1].seen = in_hand[cloned].own
#endif
		}
#ifdef CURRENT_AFTER_CLONE
		d_step { cloned++; ended = false; took = false };
		incarnation = cloned;
#else
		incarnation = cloned + 1;
		d_step { cloned++; ended = false; took = false };
#endif
		consumed = false
	fi;
	goto end_watching
}
#endif

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
