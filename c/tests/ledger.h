/*
 * The memory that a master, its workers and the ledger share, as the tests' Ledger.java has it:
 *
 *	| a log for each slot | a word for each message |
 *
 * The writer of a log is the slot's worker, in each incarnation; the ledger is its reader. The
 * master writes the words.
 */
#ifndef BELFRY_TEST_LEDGER_H
#define BELFRY_TEST_LEDGER_H

#include <stdatomic.h>
#include <stdint.h>

enum { LEDGER_FD = 7, LEDGER_SLOTS = 4, LEDGER_LOG_ENTRIES = 1 << 14 };

/* A worker has begun a request. */
struct ledger_entry {
	uint64_t id;
	uint32_t number; /* of the message */
	uint32_t attempt;
};

struct ledger_log {
	_Alignas(128) _Atomic uint64_t tail; /* entries written; an unfinished one isn't counted */
	_Alignas(128) _Atomic uint64_t head; /* entries read */
	_Alignas(128) struct ledger_entry entries[LEDGER_LOG_ENTRIES];
};

/* The master adds these to a message's word. */
enum { LEDGER_SENT = 1, LEDGER_READ = 1 << 8, LEDGER_ENDED = 1 << 16, LEDGER_FAILED = 1 << 24 };

struct ledger {
	struct ledger_log logs[LEDGER_SLOTS];
	_Atomic uint32_t words[];
};

#endif
