/* The worker: doorbell.c, ring.c, reply.c, worker.c. See doorbells.pml. */
inline ring_master()
{
	d_step {
		eventfd[self] = true;
		if
		:: watched == self -> event = true
		:: else
		fi
	}
}

/* belfry_ring_has_next without a request in hand, else belfry_ring_claim for its reply. */
inline worker_fence()
{
	d_step {
		arrive_if_mine(reply_tail[self]);
		arrive_if_mine(worker_sleep[self])
	}
}

/* belfry_ring_has_next without a request in hand, else belfry_ring_claim for its reply. */
#define ready (in_hand == 0 -> head != tail_seen : tail - head_seen < REPLY_ROOM)

inline look_for_work()
{
	d_step {
		if
		:: in_hand == 0 && head == tail_seen -> tail_seen = request_tail.seen
		:: in_hand != 0 && tail - head_seen == REPLY_ROOM -> head_seen = reply_head.seen
		:: else
		fi;
		assert(head_seen <= tail)
	}
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
		store(reply_tail[self], tail);
#ifndef WITHOUT_FENCE_AFTER_REPLY
		worker_fence()
#endif
	}
}

inline wake_up()
{
	store(worker_sleep[self], worker_sleep[self].own + 1)
}

active proctype worker()
{
	byte self, head, tail_seen, tail, head_seen, in_hand, rung, number;

end_unborn:
	atomic {
		self < cloned;
		self++;
		head = resume;
		tail_seen = resume
	}
	{
#if CRASHES > 0
		d_step {
			is_ready[self] = true;
			ring_master()
		}
#else
		skip;
#endif
serve:
		atomic {
			look_for_work();
			if
			:: ready && in_hand == 0 ->
				take();
				goto serve
			:: ready && in_hand != 0 ->
				goto publish
			:: else
			fi
		}
fall_asleep:
		d_step {
			/* From even to odd, and from odd to odd. */
			store(worker_sleep[self], (worker_sleep[self].own + 1) | 1);
#ifndef WITHOUT_FENCE_BEFORE_SLEEP
			worker_fence()
#endif
		}
#ifndef WITHOUT_LOOK_BEFORE_SLEEP
		atomic {
			look_for_work();
			if
			:: ready ->
				wake_up();
				goto serve
			:: else
			fi
		}
#endif
end_asleep:
		atomic {
			usr1[self];
			usr1[self] = false
		}
		atomic {
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
		publish_reply();
		atomic {
			number = master_sleep.seen;
			if
			:: odd(number) && number != rung ->
				rung = number;
				number = 0
			:: else ->
				number = 0;
				goto serve
			fi
		}
		ring_master();
		goto serve
	} unless {
		killed[self]
	}
	atomic {
		/* What was stored before the death arrives before the news of it. */
		worker_fence();
		tail = 0;
		head_seen = 0;
		in_hand = 0;
		rung = 0;
		number = 0;
		ended[self] = true;
		goto end_unborn
	}
}
