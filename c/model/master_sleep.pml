/*
 * MasterSleep: the word that tells the worker whether it has to ring. Each step is atomic, but other
 * threads may see it later. See doorbells.pml.
 */
inline stay_awake()
{
	d_step {
		if
		:: odd(master_sleep.own) ->
			arrive(master_sleep);
			store(master_sleep, master_sleep.own + 1);
			renumber()
		:: else
		fi
	}
}

inline advance_to(number)
{
#ifdef ODD_NUMBER_STORED_LATER
	sleep = number;
	store(master_sleep, sleep);
	sleep = 0
#else
	d_step {
		arrive(master_sleep);
		store(master_sleep, number);
		renumber()
	}
#endif
}

inline fall_asleep()
{
	advance_to(master_sleep.own + 1 + odd(master_sleep.own))
}

inline renew()
{
	if
	:: odd(master_sleep.own) -> advance_to(master_sleep.own + 2)
	:: else
	fi
}

inline before_publish(polled)
{
	if
	:: polled -> stay_awake()
	:: else ->
#ifndef AWAKE_FOR_SUBMITTERS
		if
		:: kept_awake -> fall_asleep()
		:: else
		fi
#endif
	fi;
	kept_awake = polled
}
