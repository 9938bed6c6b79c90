/* Of moves.pml: the threads that give requests to slots, and take them back. */

active proctype submitter()
{
	byte r, f, w;
	do
	:: r < N ->
		r++;
		if
		:: w = 0
		:: w = 1
		fi;
		reserve(w);
		d_step { forms++; f = forms; whose[f] = r };
		add(w, f);
		publish(w, f);
		tell_future(0, f)
	:: else -> break
	od;
	busy--
}

inline taken_back(f)
{
	d_step {
		state[f] = TAKEN_BACK;
		in_heap = in_heap - (place[f] == HEAP)
	}
}

/* Mover.move, into the slot `to` that is reserved; from another one or from the heap. */
inline move(f, g, to, mine)
{
	pin(f, mine);
	if
	:: mine && place[f] != HEAP && !is_movable(f) -> mine = false; state[f] = LIVE
	:: mine && place[f] != HEAP && is_movable(f) ->
		tell(f, 1, mine);
		if
		:: !mine -> state[f] = LIVE
		:: else
		fi
	:: else
	fi;
	if
	:: mine ->
#ifdef UNPINNED_BEFORE_COPIED
		state[f] = TAKEN_BACK;
#endif
		assert(place[f] == HEAP || record[cell(place[f], end[f])] == f);
		copy(f, g);
		add(to, g);
		publish(to, g);
#ifdef SETTLED_BEFORE_TOLD
		taken_back(f);
		tell_future(f, g)
#else
		tell_future(f, g);
		taken_back(f)
#endif
	:: else -> reserved[to] = false
	fi;
	d_step { f = 0; g = 0; to = 0; mine = false }
}

/* Any form that is in a queue, or none. */
inline choose(f, condition)
{
	atomic {
		f = 1;
		do
		:: f < FORMS -> f++
		:: break
		od;
		if
		:: condition
		:: f = 0
		fi
	}
}

active proctype mover()
{
	byte f, g, to, left = MOVES;
	bool mine;
	do
	:: left > 0 ->
		left--;
		choose(f, state[f] != FREE && place[f] != HEAP && is_published(f));
		if
		:: f != 0 ->
			to = 1 - place[f];
			reserve(to);
			move(f, g, to, mine)
		:: else
		fi
	:: else -> break
	od;
	busy--
}

active proctype feeder()
{
	byte f, g, to;
	bool mine;
end_feed:
	atomic {
		in_heap > 0;
		f = 1;
		do
		:: place[f] != HEAP || state[f] >= SETTLED -> f++
		:: else -> break
		od;
		if
		:: to = 0
		:: to = 1
		fi
	}
	reserve(to);
	move(f, g, to, mine);
	goto end_feed
}

/* Destination.withdraw of a form that this thread has pinned */
inline withdraw(f, certain)
{
	if
	:: place[f] == HEAP -> certain = true
	:: else -> tell(f, 3, certain)
	fi;
	d_step {
		gone[whose[f]] = gone[whose[f]] || certain;
		in_heap = in_heap - (place[f] == HEAP);
		state[f] = (certain -> TAKEN_BACK : SETTLED)
	}
}

#if CANCELS > 0
active proctype canceller()
{
	byte f, r;
	bool mine;

	atomic {
		if
		:: known[1] != 0 -> r = 1
#if N > 1
		:: known[2] != 0 -> r = 2
#endif
		fi
	}
	if
	:: atomic { !done[r] -> done[r] = true };
		do
		:: f = known[r];
			pin(f, mine);
			if
			:: mine -> withdraw(f, mine); break
			:: !mine && known[r] == f -> break
			:: else
			fi
		od;
		/* no worker begins it from now on */
		atomic {
			f = 1;
			do
			:: f <= forms -> assert(whose[f] != r || state[f] != LIVE || told[f]); f++
			:: else -> break
			od
		}
	:: atomic { done[r] -> skip }
	fi;
	busy--
}
#endif

#if EXPIRES > 0
active proctype expirer()
{
	byte f;
	bool mine;

#ifdef BEFORE_PUBLISHED
	choose(f, state[f] != FREE);
#else
	choose(f, state[f] != FREE && is_published(f));
#endif
	if
	:: f != 0 ->
		pin(f, mine);
		if
		:: mine -> withdraw(f, mine); done[whose[f]] = true
		:: else
		fi
	:: else
	fi;
	busy--
}
#endif
