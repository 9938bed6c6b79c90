/*
 * The signals of a worker: USR1 is its doorbell and blocked but in the wait; TERM and INT set a
 * flag.
 */
#ifndef BELFRY_SIGNALS_H
#define BELFRY_SIGNALS_H

#include <stdbool.h>

/* Once, in the thread that will wait. 0 or -errno. */
int belfry_signals_own(void);

/* Has TERM or INT come? */
bool belfry_signals_leave(void);

/*
 * Sleeps until USR1, TERM or INT, a second at most: 0 for USR1, -EAGAIN when the second is over,
 * -EINTR for all else. Returns at once where TERM or INT came before, but only the first time: who
 * can't leave yet, because a reply is in hand, may wait again.
 */
int belfry_signals_wait(void);

#endif
