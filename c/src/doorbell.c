/* See doorbell.h. */
#include "doorbell.h"
#include "pause.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

enum {
	NANOS_PER_SECOND = 1000000000,
	PAUSES_PER_CLOCK = 4,	/* a pause takes 10 to 50 ns, the clock 20 */
	PAUSES_PER_YIELD = 100, /* more processes may spin than there are processors */
	BELL_MARK = 57,		/* a real-time signal; emulators of another processor lack the last ones */
};

uint64_t belfry_clock_nanos(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NANOS_PER_SECOND + (uint64_t)now.tv_nsec;
}

static bool is_ready(const struct belfry_sleeper *sleeper)
{
	return sleeper->ready(sleeper->context);
}

/* True when there is something to do before the time is up; *nanos is a recent clock value. */
static bool spin(const struct belfry_sleeper *sleeper, uint64_t *nanos)
{
	const bool for_ever = sleeper->doorbell == BELFRY_SPIN;
	const uint64_t begin = *nanos;

	if (sleeper->spin_nanos == 0 && !for_ever)
		return is_ready(sleeper);
	for (unsigned int pauses = 1; !is_ready(sleeper); pauses++) {
		belfry_pause();
		if (for_ever && pauses % PAUSES_PER_YIELD == 0)
			sched_yield();
		if (pauses % PAUSES_PER_CLOCK != 0)
			continue;
		*nanos = belfry_clock_nanos();
		if (!for_ever && *nanos - begin >= sleeper->spin_nanos)
			return false;
	}
	return true;
}

static void store_number(struct belfry_sleeper *sleeper, uint64_t number)
{
	sleeper->number = number;
	atomic_store_explicit(sleeper->sleep, number, memory_order_relaxed);
}

/*
 * Returns when the bell was rung or the wait ended for another reason. After a second without
 * either the receiver looks, and with nothing to do it goes on waiting in the same sleep, for which
 * no bell was rung yet.
 *
 * Something to do at that look isn't a lost bell yet, because the sender may be at (*):
 *
 *	sender: publish  fence  load sleep (*) ring
 *
 * so the receiver waits another second for that bell.
 */
static void wait_for_bell(struct belfry_sleeper *sleeper)
{
	bool late = false;
	int result;

	while ((result = sleeper->wait(sleeper->context)) == -EAGAIN) {
		if (late) {
			belfry_count(sleeper->rescues, 1);
			return;
		}
		late = is_ready(sleeper);
	}
	if (result == 0)
		belfry_count(sleeper->signals, 1);
}

uint64_t belfry_sleeper_wait(struct belfry_sleeper *sleeper, uint64_t begin_nanos)
{
	uint64_t nanos = begin_nanos;

	if (sleeper->doorbell != BELFRY_ALWAYS && spin(sleeper, &nanos))
		return nanos;

	for (;;) {
		/*
		 * From even to odd, and from odd to odd: a sender rings once for a number, and the
		 * last bell may have been for something else.
		 */
		store_number(sleeper, (sleeper->number + 1) | 1);
		/* Pairs with the fence in belfry_ringer_must_ring. */
		atomic_thread_fence(memory_order_seq_cst);
		if (is_ready(sleeper))
			break;
		wait_for_bell(sleeper);
		if (is_ready(sleeper)) {
			belfry_count(sleeper->wakes, 1);
			break;
		}
	}
	store_number(sleeper, sleeper->number + 1);
	return belfry_clock_nanos();
}

bool belfry_ringer_must_ring(struct belfry_ringer *ringer)
{
	uint64_t number;

	if (ringer->doorbell != BELFRY_ADAPTIVE)
		return ringer->doorbell == BELFRY_ALWAYS;

	/* Pairs with the fence in belfry_sleeper_wait. */
	atomic_thread_fence(memory_order_seq_cst);
	number = atomic_load_explicit(ringer->sleep, memory_order_relaxed);
	if (number % 2 == 0 || number == ringer->last_rung)
		return false;
	ringer->last_rung = number;
	return true;
}

/*
 * F_SETSIG names a signal for the open file, and without O_ASYNC it is never sent. So the number
 * serves as a mark: it belongs to the file and not to the descriptor, no other file has it, and
 * F_GETSIG reads it for any kind of file.
 */
int belfry_eventfd_mark(int fd)
{
	return fcntl(fd, F_SETSIG, BELL_MARK) < 0 ? -errno : 0;
}

int belfry_eventfd_ring(int fd)
{
	const uint64_t one = 1;

	if (fcntl(fd, F_GETSIG) != BELL_MARK)
		return -EBADF;
	return write(fd, &one, sizeof one) < 0 && errno == EBADF ? -EBADF : 0;
}
