/* The VM: RingReader, Slot, Answers, MasterSleep, Dispatcher, ReplyThread, Recovery. See doorbells.pml. */
#define has_room (queued - freed < REQUEST_ROOM)
#define is_drained (queued == freed)
#define has_more(l) (l == cloned && reply_tail.seen != taken)
#define is_consumed (consumed.by == me -> consumed.own : consumed.seen)

/* Holds the reservation, and gives it back. */
inline publish(polled_)
{
	before_publish(polled_);
	d_step {
		requests[queued % REQUEST_ROOM] = queued + 1;
		queued++;
		mine = queued;
		store(request_tail, mine);
		reserved = false;
#ifndef WITHOUT_FENCE_AFTER_REQUEST
		full_fence()
#endif
	}
	ring_sleeper(current, incarnation)
}

inline try_consume()
{
	may_arrive(consumed);
	d_step {
		got = !is_consumed;
		if
		:: got ->
			consumed.own = true;
			consumed.seen = true;
			consumed.by = NO_THREAD
		:: else
		fi
	}
}

/* Stands for repeated tries. */
inline await_consumer()
{
	atomic {
		!consumed.own;
		consumed.own = true;
		consumed.seen = true;
		consumed.by = NO_THREAD
	}
}

/* Takes the next reply, which has to be to the oldest request, and frees its space. */
inline next_answered()
{
	d_step {
		taken++;
		freed++;
		assert(freed <= queued);
		assert(replies[(taken - 1) % REPLY_ROOM] == freed)
	}
}

/* RingReader.release: not what a caller reads in place. */
#define head_to_release (held != 0 -> held - 1 : taken)

/* Answers.ringWaiting: a worker that waits for room has a request in hand. */
inline ring_waiting(l)
{
#ifndef WITHOUT_RING_AFTER_RELEASE
	if
	:: !is_drained -> ring_sleeper(l, l)
	:: else
	fi
#else
	skip
#endif
}

inline stop_consuming()
{
	store(consumed, false)
}

/* ReplyThread.look: a thread that sees it sees all that was stored before. */
inline look()
{
	full_fence();
	d_step {
		attention = true;
		woken = true
	}
}

/* ---- Its threads */

#if SUBMITS > 0
active proctype submitter()
{
	byte submits, mine, current, sleep, rung;

	do
	:: submits < SUBMITS ->
		atomic {
			!reserved && has_room;
			reserved = true;
			submits++
		}
		publish(false);
		d_step {
			mine = 0;
			current = 0
		}
	:: else -> break
	od;
	freed == REQUESTS
}

#endif

/* Answers.handBack */
inline hand_back(taken_)
{
#ifndef GIVEN_UP_AWAKE
	if
	:: !taken_ -> fall_asleep()
	:: else
	fi;
#endif
#ifndef LOCK_FREED_AFTER_LOOK
	stop_consuming();
#endif
#ifndef WITHOUT_FENCE_IN_HAND_BACK
	full_fence();
#endif
	if
	:: taken_ -> ring_waiting(current)
	:: else
	fi;
#ifndef WITHOUT_LOOK_IN_HAND_BACK
	current = incarnation;
	atomic {
		may_arrive(reply_tail);
		got = has_more(current)
	}
	if
	:: got -> look()
	:: else
	fi;
#endif
#ifdef LOCK_FREED_AFTER_LOOK
	stop_consuming()
#endif
}

/* Answers.letGo, after the reply was read: its space goes back unless its incarnation has ended. */
inline let_go()
{
	d_step {
		assert(from != cloned || replies[(held - 1) % REPLY_ROOM] == mine);
		held = 0;
		full_fence()
	}
	if
	:: atomic { incarnation != from -> from = 0 }
	:: atomic {
		incarnation == from;
		await_consumer();
		store(reply_head, taken)
	}
		from = 0;
#ifndef WITHOUT_HAND_BACK_OF_SPACE
		current = incarnation;
		hand_back(true)
#else
		stop_consuming();
		full_fence()
#endif
	fi
}

#if CALLS > 0
active proctype caller()
{
	byte calls, mine, current, sleep, rung, from;
	bool got;

	do
	:: calls < CALLS ->
#ifdef ROOM_AWAITED_WITH_LOCK
		await_consumer();
		got = true;
#endif
		atomic {
			!reserved && has_room;
			reserved = true;
			calls++
		}
#ifndef ROOM_AWAITED_WITH_LOCK
		atomic {
			if
			:: is_drained -> try_consume()
			:: else
			fi
		}
#endif
		publish(got);
		if
		:: got ->
			/* Answers.poll: there is a reply within a bounded time, or there isn't. */
			atomic {
				current = incarnation;
				may_arrive(reply_tail);
				got = has_more(current);
				if
				:: got ->
					next_answered();
					assert(freed == mine);
#ifdef IN_PLACE
					held = taken;
					from = current
#else
					store(reply_head, taken)
#endif
				:: else
				fi
			}
			if
			:: got ->
#ifdef WITHOUT_HAND_BACK_OF_SUCCESS
				stop_consuming();
				full_fence();
				ring_waiting(current)
#else
				hand_back(true)
#endif
			:: else -> hand_back(false)
			fi;
#ifdef IN_PLACE
			if
			:: from != 0 -> let_go()
			:: else
			fi
#endif
		:: else
		fi;
		atomic {
			freed >= mine;
			mine = 0;
			current = 0;
			got = false
		}
	:: else -> break
	od;
	freed == REQUESTS
}

#endif

/* ReplyThread.work. Callbacks run without the lock, and then any of its threads may go on. */
active proctype pool()
{
	byte current, sleep, rung;
	bool is_active = true, got, found;

work:
	atomic {
		found = attention;
		is_active = is_active || attention;
		attention = false;
		/* Answers.read */
		current = incarnation;
		may_arrive(reply_tail);
		got = is_active && has_more(current)
	}
	atomic {
		if
		:: got -> try_consume()
		:: else
		fi;
		if
		:: got -> current = incarnation
		:: else -> goto nothing_read
		fi
	}
	atomic {
		may_arrive(reply_tail);
		if
		:: has_more(current) ->
			found = true;
			next_answered()
		:: else ->
			stop_consuming();
			full_fence();
			goto nothing_read
		fi
	}
	atomic {
		may_arrive(reply_tail);
		do
		:: has_more(current) -> next_answered()
		:: true -> break /* the batch is full */
		od;
		store(reply_head, head_to_release);
		stop_consuming();
#ifndef WITHOUT_FENCE_AFTER_RELEASE
		full_fence()
#endif
	}
	ring_waiting(current);

nothing_read:
	if
	:: found -> goto work
	:: else
	fi;
	/* ReplyThread.sleep */
#ifdef ASLEEP_ONLY_WITH_LOCK
	atomic {
		got = false;
		if
		:: is_active -> try_consume()
		:: else
		fi
	}
	if
	:: got ->
		renew();
		stop_consuming()
	:: else
	fi;
	full_fence();
#else
	atomic {
		if
		:: is_active -> renew()
		:: else
		fi;
#ifndef WITHOUT_FENCE_IN_SLEEP
		full_fence()
#endif
	}
#endif
#ifndef WITHOUT_LOOK_IN_SLEEP
	if
	:: attention -> goto work
	:: else
	fi;
	current = incarnation;
	atomic {
		may_arrive(reply_tail);
		got = is_active && has_more(current)
	}
	if
	:: got ->
		atomic {
			may_arrive(consumed);
			if
			:: !is_consumed -> goto work
			:: else
			fi
		}
	:: else
	fi;
#endif
	atomic {
		is_active = false;
		got = false;
		current = 0
	}
end_asleep:
	d_step {
		event || woken;
		is_active = event;
		event = false;
		woken = false
	}
	goto work
}
