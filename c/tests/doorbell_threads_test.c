/*
 * What the fences of a doorbell are for, 100,000 times: one thread falls asleep while the other
 * publishes. Either the sleeper sees the publication or the sender sees the sleep.
 */
#include "check.h"
#include "doorbell.h"

#include <pthread.h>
#include <sched.h>

enum { ROUNDS = TIMES(100000) };

/* In cache lines of their own, so that neither store makes the other visible. */
static _Alignas(128) _Atomic uint64_t published;
static _Alignas(128) _Atomic uint64_t asleep;
static _Alignas(128) _Atomic uint64_t begun; /* the round that the sleeper is in */
static _Alignas(128) _Atomic uint64_t sent;  /* the round that the sender is done with */
static _Alignas(128) _Atomic uint64_t rung;  /* the last round that it rang in */
static _Atomic uint64_t wakes, signals, rescues;
static uint64_t sleeps;

static void await_value(_Atomic uint64_t *word, uint64_t value)
{
	for (int turns = 1; atomic_load_explicit(word, memory_order_acquire) < value; turns++) {
		if (turns % 200 == 0)
			sched_yield();
	}
}

static bool was_published(void *round)
{
	return atomic_load_explicit(&published, memory_order_acquire) >= *(uint64_t *)round;
}

/* It sleeps, so the bell must have been rung by the time the sender is done. */
static int must_be_rung(void *round)
{
	await_value(&sent, *(uint64_t *)round);
	CHECK(atomic_load(&rung) == *(uint64_t *)round);
	sleeps++;
	return 0;
}

static void *send_all(void *unused)
{
	struct belfry_ringer ringer = {.sleep = &asleep, .doorbell = BELFRY_ADAPTIVE};

	for (uint64_t round = 1; round <= ROUNDS; round++) {
		await_value(&begun, round);
		atomic_store_explicit(&published, round, memory_order_release);
		if (belfry_ringer_must_ring(&ringer))
			atomic_store(&rung, round);
		atomic_store_explicit(&sent, round, memory_order_release);
	}
	return unused;
}

static void a_sleeper_sees_or_is_seen(void)
{
	uint64_t round = 0;
	struct belfry_sleeper sleeper = {
		.sleep = &asleep,
		.doorbell = BELFRY_ADAPTIVE,
		.context = &round,
		.ready = was_published,
		.wait = must_be_rung,
		.wakes = &wakes,
		.signals = &signals,
		.rescues = &rescues,
	};
	pthread_t sender;

	CHECK(pthread_create(&sender, NULL, send_all, NULL) == 0);
	for (round = 1; round <= ROUNDS; round++) {
		atomic_store_explicit(&begun, round, memory_order_release);
		/* Delays of 0 up to a little more than the sender takes to see the sleep. */
		for (_Atomic uint64_t turns = round % 64; turns > 0; turns--)
			;
		belfry_sleeper_wait(&sleeper, belfry_clock_nanos());
		await_value(&sent, round);
	}
	CHECK(pthread_join(sender, NULL) == 0);
	printf("  %llu of %d slept\n", (unsigned long long)sleeps, ROUNDS);
}

int main(void)
{
	RUN(a_sleeper_sees_or_is_seen);
	return 0;
}
