/* Of withdrawal.pml: what the supervisor does at a death. */

#define is_over(p) (state[p] == TAKEN || state[p] == SETTLED || (state[p] == LIVE && done[p]))

/* Recovery.dropSettled */
inline drop_settled()
{
	do
	:: atomic {
		freed < request_tail && is_over(freed + 1);
		state[freed + 1] = GONE;
		freed++
	}
	:: freed == request_tail || !is_over(freed + 1) -> break
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
