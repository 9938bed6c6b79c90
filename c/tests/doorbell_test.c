/* Sleeping and ringing with a scripted wait: each step of doorbell.h by itself. */
#include "check.h"
#include "doorbell.h"

#include <errno.h>

enum { MAX_WAITS = 8 };

/* What happens in the n-th wait, and what it returns. */
struct step {
	bool something; /* there is something to do from then on */
	int result;
};

static struct {
	struct step steps[MAX_WAITS];
	int waits;
	uint64_t numbers[MAX_WAITS]; /* of the sleep, in each wait */
	bool something;
	int looks_until_something; /* not 0: the look that finds something */
	int looks;
	_Atomic uint64_t sleep, wakes, signals, rescues;
	struct belfry_sleeper sleeper;
} script;

static bool ready(void *context)
{
	(void)context;
	if (++script.looks == script.looks_until_something)
		script.something = true;
	return script.something;
}

static int wait_as_told(void *context)
{
	const struct step step = script.steps[script.waits];

	(void)context;
	CHECK(script.waits < MAX_WAITS);
	script.numbers[script.waits++] = atomic_load(&script.sleep);
	if (step.something)
		script.something = true;
	return step.result;
}

static void prepare(enum belfry_doorbell doorbell)
{
	script = (__typeof__(script)){.waits = 0};
	script.sleeper = (struct belfry_sleeper){
		.sleep = &script.sleep,
		.doorbell = doorbell,
		.ready = ready,
		.wait = wait_as_told,
		.wakes = &script.wakes,
		.signals = &script.signals,
		.rescues = &script.rescues,
	};
}

static bool counted(uint64_t wakes, uint64_t signals, uint64_t rescues)
{
	return script.wakes == wakes && script.signals == signals && script.rescues == rescues;
}

static void who_has_something_to_do_does_not_sleep(void)
{
	prepare(BELFRY_ADAPTIVE);
	script.something = true;
	belfry_sleeper_wait(&script.sleeper, belfry_clock_nanos());
	CHECK(script.waits == 0 && script.sleep == 0 && counted(0, 0, 0));
}

static void who_sleeps_is_odd_and_then_even(void)
{
	prepare(BELFRY_ADAPTIVE);
	for (uint64_t sleep = 0; sleep < 3; sleep++) {
		script.waits = 0;
		script.something = false;
		script.steps[0] = (struct step){true, 0};
		belfry_sleeper_wait(&script.sleeper, belfry_clock_nanos());
		CHECK(script.waits == 1 && script.numbers[0] == 2 * sleep + 1);
		CHECK(script.sleep == 2 * sleep + 2 && counted(sleep + 1, sleep + 1, 0));
	}
}

/* The sender may have published before it could see that the receiver sleeps. */
static void it_looks_again_before_it_waits(void)
{
	prepare(BELFRY_ADAPTIVE);
	script.looks_until_something = 2;
	belfry_sleeper_wait(&script.sleeper, belfry_clock_nanos());
	CHECK(script.waits == 0 && script.sleep == 2 && counted(0, 0, 0));
}

/* The bell may have been for something else, and a sender rings once for a number. */
static void a_bell_for_nothing_begins_another_sleep(void)
{
	prepare(BELFRY_ADAPTIVE);
	script.steps[0] = (struct step){false, 0};
	script.steps[1] = (struct step){false, -EINTR};
	script.steps[2] = (struct step){true, 0};
	belfry_sleeper_wait(&script.sleeper, belfry_clock_nanos());
	CHECK(script.waits == 3 && script.numbers[0] == 1 && script.numbers[1] == 3 &&
	      script.numbers[2] == 5);
	CHECK(script.sleep == 6 && counted(1, 2, 0));
}

static void a_second_with_nothing_to_do_changes_nothing(void)
{
	prepare(BELFRY_ADAPTIVE);
	for (int i = 0; i < 5; i++)
		script.steps[i] = (struct step){false, -EAGAIN};
	script.steps[5] = (struct step){true, 0};
	belfry_sleeper_wait(&script.sleeper, belfry_clock_nanos());
	CHECK(script.waits == 6 && script.numbers[5] == 1 && counted(1, 1, 0));
}

/* The sender is between its fence and its bell. */
static void a_bell_that_comes_late_is_no_rescue(void)
{
	prepare(BELFRY_ADAPTIVE);
	script.steps[0] = (struct step){true, -EAGAIN};
	script.steps[1] = (struct step){true, 0};
	belfry_sleeper_wait(&script.sleeper, belfry_clock_nanos());
	CHECK(script.waits == 2 && script.numbers[1] == 1 && counted(1, 1, 0));
}

static void a_bell_that_never_comes_is_a_rescue(void)
{
	prepare(BELFRY_ADAPTIVE);
	script.steps[0] = (struct step){true, -EAGAIN};
	script.steps[1] = (struct step){true, -EAGAIN};
	belfry_sleeper_wait(&script.sleeper, belfry_clock_nanos());
	CHECK(script.waits == 2 && counted(1, 0, 1));
}

static void it_spins_before_it_sleeps(void)
{
	prepare(BELFRY_ADAPTIVE);
	script.sleeper.spin_nanos = UINT64_MAX;
	script.looks_until_something = 10000;
	belfry_sleeper_wait(&script.sleeper, belfry_clock_nanos());
	CHECK(script.looks == 10000 && script.waits == 0 && script.sleep == 0);
}

static void it_does_not_spin_longer_than_it_may(void)
{
	prepare(BELFRY_ADAPTIVE);
	script.sleeper.spin_nanos = 1000;
	script.steps[0] = (struct step){true, 0};
	belfry_sleeper_wait(&script.sleeper, belfry_clock_nanos());
	CHECK(script.waits == 1);
}

static void always_sleeps_at_once(void)
{
	prepare(BELFRY_ALWAYS);
	script.sleeper.spin_nanos = UINT64_MAX;
	script.steps[0] = (struct step){true, 0};
	belfry_sleeper_wait(&script.sleeper, belfry_clock_nanos());
	CHECK(script.waits == 1 && script.sleep == 2);
}

static void spin_never_sleeps(void)
{
	prepare(BELFRY_SPIN);
	script.looks_until_something = 10000;
	belfry_sleeper_wait(&script.sleeper, belfry_clock_nanos());
	CHECK(script.looks == 10000 && script.waits == 0 && script.sleep == 0);
}

static void the_clock_it_returns_is_read_during_the_wait(void)
{
	static const enum belfry_doorbell modes[] = {BELFRY_ADAPTIVE, BELFRY_ALWAYS, BELFRY_SPIN};

	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		const uint64_t begin = belfry_clock_nanos();
		uint64_t returned;

		prepare(modes[i]);
		script.looks_until_something = modes[i] == BELFRY_SPIN ? 10000 : 0;
		script.steps[0] = (struct step){true, 0};
		returned = belfry_sleeper_wait(&script.sleeper, begin);
		CHECK(returned > begin && returned <= belfry_clock_nanos());
	}
}

static void each_sleep_is_rung_once(void)
{
	_Atomic uint64_t sleep = 0;
	struct belfry_ringer ringer = {.sleep = &sleep, .doorbell = BELFRY_ADAPTIVE};

	CHECK(!belfry_ringer_must_ring(&ringer));
	for (uint64_t number = 1; number < 10; number += 2) {
		sleep = number;
		CHECK(belfry_ringer_must_ring(&ringer));
		CHECK(!belfry_ringer_must_ring(&ringer));
		sleep = number + 1;
		CHECK(!belfry_ringer_must_ring(&ringer));
	}
}

static void always_rings_and_spin_never_does(void)
{
	_Atomic uint64_t sleep = 0;
	struct belfry_ringer always = {.sleep = &sleep, .doorbell = BELFRY_ALWAYS};
	struct belfry_ringer spin = {.sleep = &sleep, .doorbell = BELFRY_SPIN};

	CHECK(belfry_ringer_must_ring(&always) && belfry_ringer_must_ring(&always));
	sleep = 1;
	CHECK(!belfry_ringer_must_ring(&spin));
}

int main(void)
{
	RUN(who_has_something_to_do_does_not_sleep);
	RUN(who_sleeps_is_odd_and_then_even);
	RUN(it_looks_again_before_it_waits);
	RUN(a_bell_for_nothing_begins_another_sleep);
	RUN(a_second_with_nothing_to_do_changes_nothing);
	RUN(a_bell_that_comes_late_is_no_rescue);
	RUN(a_bell_that_never_comes_is_a_rescue);
	RUN(it_spins_before_it_sleeps);
	RUN(it_does_not_spin_longer_than_it_may);
	RUN(always_sleeps_at_once);
	RUN(spin_never_sleeps);
	RUN(the_clock_it_returns_is_read_during_the_wait);
	RUN(each_sleep_is_rung_once);
	RUN(always_rings_and_spin_never_does);
	return 0;
}
