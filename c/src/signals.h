/*
 * The signals of a worker: USR1 is its doorbell, blocked except during the wait; TERM and INT set a
 * flag.
 */
#ifndef BELFRY_SIGNALS_H
#define BELFRY_SIGNALS_H

#include <stdbool.h>

/*
 * Blocks USR1, handles TERM and INT, and undoes that in forked children. To be called once, by the
 * thread that will wait. 0, or -errno of sigprocmask, sigaction or pthread_atfork.
 */
int belfry_signals_own(void);

/* As TERM does, without a signal; by the thread that waits. */
void belfry_signals_ask_to_leave(void);

/* Has TERM or INT come? Any thread. */
bool belfry_signals_leave(void);

/*
 * Sleeps until USR1, TERM or INT, a second at most: 0 for USR1, -EAGAIN when the second is over,
 * -EINTR for all else. Returns at once if TERM or INT came before, but only the first time: a
 * worker that can't leave yet, because it waits for room for its reply, may wait again.
 */
int belfry_signals_wait(void);

#endif
