/* Of withdrawal.pml: the thread that takes replies, the other worker, and the threads that take requests back. */

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
	assert(was == LIVE || was == TAKEN || was == SETTLED);
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
			:: state[p] == PINNED -> state[p] = (moves -> LIVE : SETTLED)
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
