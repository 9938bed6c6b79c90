/* Starts the workers for the tests of the SDK. */
#ifndef BELFRY_TEST_WORKER_START_H
#define BELFRY_TEST_WORKER_START_H

#include "master.h"

#include "check.h"

#include <sched.h>

enum { RING_BYTES = 64 << 10 };

static char *programs; /* the directory of the bundled workers */
static char *rules;    /* sdk_rules */
static char *crash;

static inline void parse_programs(int argc, char **argv)
{
	CHECK(argc == 4);
	programs = argv[1];
	rules = argv[2];
	crash = argv[3];
}

static inline void start(struct master *master, const char *program)
{
	char path[4096];
	char *command[] = {path, NULL};

	snprintf(path, sizeof path, "%s/%s", programs, program);
	master_start(master, command);
}

static inline void start_ready(struct master *master, const char *program)
{
	master_prepare(master, RING_BYTES, BELFRY_ADAPTIVE, 0);
	start(master, program);
	master_await_state(master, BELFRY_READY);
}

static inline void start_crash(struct master *master)
{
	master_prepare(master, RING_BYTES, BELFRY_ADAPTIVE, 0);
	master_start(master, (char *[]){crash, NULL});
	master_await_state(master, BELFRY_READY);
}

static inline void start_rules(struct master *master, const char *option)
{
	char *command[] = {rules, (char *)option, NULL};

	master_prepare(master, RING_BYTES, BELFRY_ADAPTIVE, 0);
	master_start(master, command);
}

/* Is it asleep, or about to be? */
static inline void await_sleep(struct master *master)
{
	while (atomic_load(&master->replies->worker_sleep) % 2 == 0)
		sched_yield();
}

/* Until the last request is begun. */
static inline void await_in_hand(const struct master *master)
{
	while (atomic_load(&master->replies->in_hand) != master->writer.tail)
		sched_yield();
}

/* Does it wait for room after that many answers? */
static inline void await_no_room(struct master *master, uint64_t answered)
{
	while (atomic_load(&master->replies->answered) != answered)
		sched_yield();
	await_sleep(master);
}

static inline void expect_large(struct master *master)
{
	struct reply reply = master_receive(master);

	CHECK(reply.record.size == 40000 && reply.data[0] == 'x' && reply.data[39999] == 'y');
	master_release(master, &reply);
}

#endif
