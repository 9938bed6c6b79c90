/* The supervisor after a death: Recovery. See doorbells.pml. */
#if CRASHES > 0
/* A new incarnation has a file of replies of its own, and no pending signal. */
inline new_replies()
{
	d_step {
		store(reply_tail, 0);
		store(worker_sleep, 0);
		arrive(reply_tail);
		arrive(worker_sleep);
		last_rung = 0;
		taken = 0;
		usr1 = false;
		is_ready = false;
		ended = false
	}
}

/* With the lock other threads can't tell these from a single step. */
#ifdef CLEANED_UP_WITHOUT_LOCK
#define under_lock
#else
#define under_lock atomic
#endif

active proctype supervisor()
{
	byte current;
	bool up;

end_watching:
	if
	/* Recovery.checkReady */
	:: atomic {
		incarnation != 0 && !up && is_ready && !ended;
		up = true;
#ifndef WITHOUT_RING_AFTER_READY
		usr1 = true
#endif
	}

	/* Recovery.cleanUp */
	:: under_lock {
		incarnation != 0 && ended;
#ifndef CLEANED_UP_WITHOUT_LOCK
		await_consumer();
#endif
		current = incarnation;
#ifndef WITHOUT_LAST_REPLIES
		do
		:: has_more(current) -> next_answered()
		:: else -> break
		od
#endif
	};
		incarnation = 0;
#ifndef CLEANED_UP_WITHOUT_LOCK
		stop_consuming();
#endif
		d_step {
			watched = 0;
			event = false;
			eventfd = false;
			up = false;
			current = 0
		}

	/* Recovery.startIncarnation */
	:: atomic {
		incarnation == 0;
		await_consumer();
#ifndef WITHOUT_REPLY_HEAD_OF_NEW_INCARNATION
		store(reply_head, 0);
#endif
		resume = freed;
		new_replies();
		full_fence(); /* a system call */
		cloned++
	};
#ifdef WOKEN_BEFORE_CURRENT
		look();
#endif
		incarnation = cloned;
		d_step {
			watched = cloned;
			event = eventfd;
			eventfd = false
		}
#ifndef WOKEN_BEFORE_CURRENT
#ifndef WITHOUT_WAKE_OF_NEW_INCARNATION
		look();
#endif
#endif
		stop_consuming();
#ifndef WOKEN_BEFORE_CURRENT
#ifndef WITHOUT_WAKE_OF_NEW_INCARNATION
		look()
#endif
#endif
	fi;
	goto end_watching
}
#endif
