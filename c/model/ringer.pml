/* Ringer: the one system call that wakes a worker. See doorbells.pml. */
#define is_alive(l) (l == cloned && !ended)

inline ring_sleeper(l, receiver)
{
	atomic {
		l = receiver;
		may_arrive(worker_sleep);
		d_step {
			sleep = (is_alive(l) -> worker_sleep.seen : 0);
			rung = last_rung;
			sleep = (odd(sleep) && sleep != rung -> sleep : 0)
		}
	}
	if
	:: sleep != 0 ->
		d_step {
			/* compareAndSet */
			if
			:: is_alive(l) && last_rung == rung -> last_rung = sleep
			:: else -> sleep = 0
			fi;
			rung = 0
		}
		if
		:: sleep != 0 ->
			d_step {
				usr1 = usr1 || is_alive(l);
				sleep = 0
			}
		:: else
		fi
	:: else -> rung = 0
	fi
}
