/* Death, and what the supervisor does about it: Recovery. See doorbells.pml. */
#if CRASHES > 0
active proctype death()
{
	/* At any time, or not: it shall save nobody who waits. */
	if
	:: killed[1] = true
	:: skip
	fi
}

active proctype supervisor()
{
	byte current;
	bool up;

end_watching:
	if
	/* Recovery.checkReady */
	:: life != 0 && !up && is_ready[life] ->
		up = true;
#ifndef WITHOUT_RING_AFTER_READY
		usr1[life] = true
#endif

	/* Recovery.bury */
	:: life != 0 && ended[life] ->
#ifndef BURIED_WITHOUT_LOCK
		await_consumer();
#endif
		current = life;
#ifndef WITHOUT_LAST_REPLIES
		do
		:: has_more(current) -> next_answered(current)
		:: else -> break
		od;
#endif
		life = 0;
#ifndef BURIED_WITHOUT_LOCK
		stop_consuming();
#endif
		d_step {
			watched = 0;
			event = false;
			up = false;
			current = 0
		}

	/* Recovery.startLife */
	:: life == 0 ->
		await_consumer();
		d_step {
			store(reply_head, 0);
			resume = freed
		}
		full_fence(); /* a system call */
		cloned++;
#ifdef WOKEN_BEFORE_CURRENT
		look();
#endif
		life = cloned;
		d_step {
			watched = cloned;
			event = eventfd[watched]
		}
#ifndef WOKEN_BEFORE_CURRENT
#ifndef WITHOUT_WAKE_OF_NEW_LIFE
		look();
#endif
#endif
		stop_consuming();
#ifndef WOKEN_BEFORE_CURRENT
#ifndef WITHOUT_WAKE_OF_NEW_LIFE
		look()
#endif
#endif
	fi;
	goto end_watching
}
#endif
