/* Of withdrawal.pml: the worker, one incarnation after the other. */

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
#ifdef ONE_FENCE
		:: self <= CRASHES && hand_is_set -> /* leaves: the one in hand was never begun */
#ifdef LEFT_WITH_NOTHING_BEGUN
			store(in_hand[self], 0);
#else
			store(in_hand[self], head);
#endif
			goto dying
#endif
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
