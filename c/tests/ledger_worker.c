/*
 * As `upper`, for messages of the tests' Ledger.java; before it replies it enters each message into
 * the log of its slot.
 */
#include "ledger.h"
#include "worker_state.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

/* 6 bits in each byte, the lowest in the most significant one. */
static uint32_t number_of(const void *message)
{
	uint64_t bytes, number = 0;

	memcpy(&bytes, message, sizeof bytes);
	for (unsigned int i = 0; i < sizeof bytes; i++)
		number |= (bytes >> (56 - 8 * i) & 0x3f) << (6 * i);
	return (uint32_t)number;
}

static void enter(struct ledger_log *log, const struct belfry_request *request)
{
	const struct timespec pause = {.tv_nsec = 100000};
	const uint64_t tail = atomic_load_explicit(&log->tail, memory_order_relaxed);

	while (tail - atomic_load_explicit(&log->head, memory_order_acquire) == LEDGER_LOG_ENTRIES)
		nanosleep(&pause, NULL);
	log->entries[tail % LEDGER_LOG_ENTRIES] = (struct ledger_entry){
		.id = request->id,
		.number = number_of(request->data),
		.attempt = request->attempt,
	};
	atomic_store_explicit(&log->tail, tail + 1, memory_order_release);
}

static int init(struct belfry_worker *worker, void **state)
{
	const size_t bytes = offsetof(struct ledger, words);
	struct ledger *ledger = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, LEDGER_FD, 0);

	if (ledger == MAP_FAILED)
		return 1;
	*state = &ledger->logs[worker->requests->slot];
	return 0;
}

static int process(struct belfry_worker *worker, void *state, const struct belfry_request *request)
{
	const char *from = request->data;
	char *to = belfry_reply_claim(worker, request->size);

	enter(state, request);
	if (to == NULL)
		return errno;
	for (size_t i = 0; i < request->size; i++)
		to[i] = from[i] >= 'a' && from[i] <= 'z' ? (char)(from[i] - 'a' + 'A') : from[i];
	return -belfry_reply_commit(worker, request->size);
}

int main(void)
{
	static const struct belfry_module module =
		BELFRY_MODULE(.init = init, .process = process);

	return belfry_worker_run(&module);
}
