/*
 * ledger MESSAGES: a third process beside a master and its workers, which notes each request that a
 * worker begins. When its standard input ends, because the master has ended in whatever way, it
 * compares its notes with the master's, and prints its findings, a word and a count each.
 */
#include "ledger.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SLOT_SHIFT = 40 };

struct book {
	uint32_t messages;
	struct ledger *ledger;
	unsigned char *handled; /* number of times, for each message */
	unsigned char *first;	/* whether the first attempt was among them */

	/* Of first attempts, by the slot that ran it and the slot that it was submitted to. */
	uint64_t last_id[LEDGER_SLOTS][LEDGER_SLOTS + 1];

	uint64_t entries;
	uint64_t again;	   /* entries about a message that was in a log before */
	uint64_t disorder; /* first attempts before which a later one was handled */
	uint64_t repeated; /* first attempts at what had one before */
	uint64_t nonsense; /* entries that no worker can have made */
};

static void note(struct book *book, unsigned int slot, const struct ledger_entry *entry)
{
	const uint64_t home = entry->id >> SLOT_SHIFT;

	book->entries++;
	if (entry->number >= book->messages || home > LEDGER_SLOTS || entry->attempt == 0) {
		book->nonsense++;
		return;
	}
	if (book->handled[entry->number] > 0)
		book->again++;
	/* The logs are read in turn: a second attempt in one may be seen before the first in another. */
	if (entry->attempt == 1 && book->first[entry->number]++ > 0)
		book->repeated++;
	if (book->handled[entry->number] < UINT8_MAX)
		book->handled[entry->number]++;
	if (entry->attempt == 1) {
		if (entry->id <= book->last_id[slot][home])
			book->disorder++;
		book->last_id[slot][home] = entry->id;
	}
}

static bool read_logs(struct book *book)
{
	bool found = false;

	for (unsigned int slot = 0; slot < LEDGER_SLOTS; slot++) {
		struct ledger_log *log = &book->ledger->logs[slot];
		const uint64_t tail = atomic_load_explicit(&log->tail, memory_order_acquire);
		uint64_t head = atomic_load_explicit(&log->head, memory_order_relaxed);

		found |= head != tail;
		for (; head != tail; head++)
			note(book, slot, &log->entries[head % LEDGER_LOG_ENTRIES]);
		atomic_store_explicit(&log->head, head, memory_order_release);
	}
	return found;
}

/* Until the master closes its end or dies. */
static void follow(struct book *book)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};

	do {
		while (read_logs(book))
			;
	} while (poll(&input, 1, 1) == 0 || (input.revents == 0 && errno == EINTR));
	while (read_logs(book))
		;
}

static void judge(const struct book *book)
{
	uint64_t sent = 0, once = 0, lost = 0, doubled = 0, failed = 0, unhandled = 0;

	for (uint32_t number = 0; number < book->messages; number++) {
		const uint32_t word = atomic_load(&book->ledger->words[number]);
		const uint32_t reads = word / LEDGER_READ & 0xff;
		const uint32_t ends = word / LEDGER_ENDED & 0xff;

		if (word == 0)
			continue;
		sent++;
		once += reads == 1 && ends == 1;
		lost += reads == 0 || ends == 0;
		doubled += reads > 1 || ends > 1 || word % LEDGER_READ > 1;
		failed += word / LEDGER_FAILED > 0;
		unhandled += ends > 0 && book->handled[number] == 0;
	}
	printf("sent %" PRIu64 "\nonce %" PRIu64 "\nlost %" PRIu64 "\ndoubled %" PRIu64
	       "\nfailed %" PRIu64 "\nunhandled %" PRIu64 "\n",
	       sent, once, lost, doubled, failed, unhandled);
	printf("entries %" PRIu64 "\nagain %" PRIu64 "\nrepeated %" PRIu64 "\ndisorder %" PRIu64
	       "\nnonsense %" PRIu64 "\n",
	       book->entries, book->again, book->repeated, book->disorder, book->nonsense);
}

int main(int argc, char **argv)
{
	struct book book = {.messages = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 0};
	const size_t bytes =
		offsetof(struct ledger, words) + book.messages * sizeof(book.ledger->words[0]);

	book.handled = calloc(book.messages, 1);
	book.first = calloc(book.messages, 1);
	book.ledger = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, LEDGER_FD, 0);
	if (book.messages == 0 || book.handled == NULL || book.first == NULL || book.ledger == MAP_FAILED) {
		perror("ledger");
		return 1;
	}
	follow(&book);
	judge(&book);
	return 0;
}
