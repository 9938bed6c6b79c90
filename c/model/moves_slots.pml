/* Of moves.pml: what each of the two slots has. */

active [2] proctype worker()
{
	byte head, f;
	bool skips;
#define w _pid
#define may_die                                                                                    \
	if                                                                                         \
	:: crashes_left > 0 -> crashes_left--; goto dying                                          \
	:: true                                                                                    \
	fi

end_unborn:
	atomic { cloned[w] -> cloned[w] = false; head = resume[w] };
end_serve:
	atomic {
		tail[w] > head || crashes_left > 0;
		if
		:: tail[w] > head -> in_hand[w] = head + 1; f = record[cell(w, head + 1)]
		:: crashes_left > 0 -> crashes_left--; goto dying
		fi
	}
	atomic {
		may_die;
		skips = word[cell(w, head + 1)];
		if
		:: !skips ->
			assert(!dead[f] && !gone[whose[f]]);
			assert(!runs_now[whose[f]]);
			runs_now[whose[f]] = true;
			runs[whose[f]]++
		:: else
		fi
	}
	atomic {
		may_die;
		assert(record[cell(w, head + 1)] == f);
		runs_now[whose[f]] = runs_now[whose[f]] && skips;
		skipped[at(w, head + 1)] = skips;
		replied[w] = head + 1;
		head++;
		skips = false;
		f = 0
	}
	goto end_serve;

dying:
	atomic {
		if
		:: in_hand[w] > replied[w] && f != 0 ->
			deaths_of[whose[f]] = deaths_of[whose[f]] + !dead[f];
			if
			:: !skips -> runs_now[whose[f]] = false
			:: else
			fi
		:: else
		fi;
		head = 0;
		f = 0;
		skips = false;
		ended[w] = true
	}
	goto end_unborn
#undef w
}

inline drop_settled(w)
{
	atomic {
		do
		:: freed[w] < tail[w] && state[oldest(w)] >= SETTLED -> freed[w]++
		:: else -> break
		od
	}
}

/* Has the slot's consumer lock: the thread that takes replies, and the supervisor when the worker has ended. */
active [2] proctype consumer()
{
	byte f, g, was;
#define w (_pid - 2)

end_consume:
	if
	:: atomic {
		replied[w] > freed[w] && state[oldest(w)] != PINNED ->
		f = oldest(w);
		was = state[f];
		assert(was == LIVE || was == SETTLED || skipped[at(w, end[f])]); /* no answer to what was taken back */
		assert(!skipped[at(w, end[f])] || told[f]);
		if
		:: was == LIVE -> state[f] = PINNED
		:: else
		fi
	};
		if
		:: was == LIVE && skipped[at(w, end[f])] && is_movable(f) ->
			assert(record[cell(w, end[f])] == f);
			copy(f, g);
			d_step { place[g] = HEAP; state[g] = LIVE; in_heap++ };
#ifndef GIVEN_BACK_UNTOLD
			tell_future(f, g)
#endif
		:: else
		fi;
		freed[w]++;
		state[f] = (was == LIVE -> SETTLED : was);
		if
		:: was == LIVE && !skipped[at(w, end[f])] -> done[whose[f]] = true
		:: else
		fi;
		d_step { f = 0; g = 0; was = 0 }
	:: atomic { ended[w] && replied[w] == freed[w] -> skip };
		drop_settled(w);
#ifdef MEMORY_GONE_BEFORE_BLAME
		has_memory[w] = false;
#endif
		/* Recovery.blame */
		atomic {
#ifndef BLAMED_WHILE_PINNED
			freed[w] == tail[w] || state[oldest(w)] != PINNED;
#endif
			if
			:: freed[w] < tail[w] && state[oldest(w)] == LIVE && in_hand[w] == freed[w] + 1 -> blames[oldest(w)]++
			:: else
			fi
		}
		has_memory[w] = false;
		drop_settled(w);
		d_step { ended[w] = false; resume[w] = freed[w]; replied[w] = freed[w]; in_hand[w] = 0; has_memory[w] = true };
		cloned[w] = true
	fi;
	goto end_consume
#undef w
}
