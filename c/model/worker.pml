/* The worker: doorbell.c, ring.c, reply.c, worker.c. See doorbells.pml. */
inline ring_master()
{
	d_step {
		if
		:: watched == self -> event = true
		:: else -> eventfd = true
		fi
	}
}

inline worker_fence()
{
	d_step {
		arrive_if_mine(reply_tail);
		arrive_if_mine(worker_sleep)
	}
}

/* At the beginning of each step, and at the end of the step that falls asleep. */
#if CRASHES > 0
#define may_die                                                                                    \
	if                                                                                         \
	:: self <= CRASHES -> goto dying                                                           \
	:: true                                                                                    \
	fi
#else
#define may_die skip
#endif

/* Without a request in hand belfry_ring_has_next, otherwise belfry_ring_claim for its reply. */
#define ready (in_hand == 0 -> head != tail_seen : tail - head_seen < REPLY_ROOM)

inline look_for_work()
{
	if
	:: in_hand == 0 && head == tail_seen ->
		may_arrive(request_tail);
		tail_seen = request_tail.seen
	:: in_hand != 0 && tail - head_seen == REPLY_ROOM ->
		may_arrive(reply_head);
		head_seen = reply_head.seen
	:: else
	fi;
	assert(head_seen <= tail)
}

inline take()
{
	d_step {
		in_hand = requests[head % REQUEST_ROOM];
		assert(in_hand == head + 1 && in_hand == replied + 1)
	}
}

inline publish_reply()
{
	d_step {
		assert(requests[head % REQUEST_ROOM] == in_hand);
		replies[tail % REPLY_ROOM] = in_hand;
		replied = in_hand;
		in_hand = 0;
		head++;
		tail++;
		store(reply_tail, tail);
#ifndef WITHOUT_FENCE_AFTER_REPLY
		worker_fence()
#endif
	}
}

inline wake_up()
{
	store(worker_sleep, worker_sleep.own + 1)
}

active proctype worker()
{
	byte self, head, tail_seen, tail, head_seen, in_hand, number;

end_unborn:
	atomic {
		self < cloned;
		self++;
		head = resume;
		tail_seen = resume
	}
#if CRASHES > 0
	atomic {
		may_die;
		is_ready = true;
		ring_master()
	}
#endif
serve:
	atomic {
		may_die;
		look_for_work();
		if
		:: ready && in_hand == 0 ->
			take();
			goto serve
		:: ready && in_hand != 0 -> goto publish
		:: else
		fi
	}
fall_asleep:
	atomic {
		may_die;
		/* From even to odd, and from odd to odd. */
		store(worker_sleep, (worker_sleep.own + 1) | 1);
#ifndef WITHOUT_FENCE_BEFORE_SLEEP
		worker_fence()
#endif
	}
#ifndef WITHOUT_LOOK_BEFORE_SLEEP
	atomic {
		may_die;
		look_for_work();
		if
		:: ready ->
			wake_up();
			goto serve
		:: else
		fi;
		may_die
	}
#endif
end_asleep:
	atomic {
		usr1;
		usr1 = false;
		look_for_work();
		if
		:: ready ->
			wake_up();
			goto serve
		:: else ->
#ifdef ONE_NUMBER_FOR_ALL_WAITS
			goto end_asleep
#else
			goto fall_asleep
#endif
		fi
	}
publish:
	atomic {
		may_die;
		publish_reply()
	}
	atomic {
		may_die;
		may_arrive(master_sleep);
		number = master_sleep.seen;
		if
		:: odd(number) && number != answered_sleep ->
			answered_sleep = number;
			number = 0;
			renumber()
		:: else ->
			number = 0;
			renumber();
			goto serve
		fi
	}
	atomic {
		may_die;
		ring_master()
	}
	goto serve;

dying:
	d_step {
		/* What was stored before the death arrives before the news of it. */
		worker_fence();
		head = 0;
		tail_seen = 0;
		tail = 0;
		head_seen = 0;
		in_hand = 0;
		answered_sleep = 0;
		number = 0;
		ended = true
	}
	goto end_unborn
}
