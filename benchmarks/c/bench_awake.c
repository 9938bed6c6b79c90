/*
 * Keeps a processor from halting, until it is killed. It has idle priority, so it runs only when
 * nothing else does. When a virtual processor goes on after a halt, the host may put it on any of
 * its own, near to the other one or far away from it, and then the same program takes 0.3 or 1.0
 * microseconds for a round trip.
 *
 *	bench_awake CPU
 *
 * A negative CPU is any.
 */
#include "bench_run.h"
#include "pause.h"

#include <sched.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	const struct sched_param lowest = {0};
	int cpu;

	if (argc != 2) {
		fprintf(stderr, "usage: %s CPU\n", argv[0]);
		return 2;
	}
	cpu = (int)bench_parse("CPU", argv[1], -1, BENCH_MAX_CPU);
	if (sched_setscheduler(0, SCHED_IDLE, &lowest) < 0)
		bench_fail("sched_setscheduler");
	bench_pin(&cpu, 1);
	for (;;)
		belfry_pause();
}
