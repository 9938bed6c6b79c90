/*
 * The page that a sender shares with bench_signal_recv. SignalPage.java is its twin: change both.
 *
 *   byte  written by  word
 *   0     sender      sent_sequence: number of the message, from 1; released last
 *   8     sender      sent_nanos: CLOCK_MONOTONIC when the sender began to write
 *   64    sender      payload, 64 bytes
 *   128   worker      ready: BENCH_LAYOUT, released once it can be signalled
 *   256   worker      read_sequence: the message that was read; released last
 *   264   worker      read_nanos: CLOCK_MONOTONIC when the payload had been read
 *   272   worker      checksum of the payload
 *
 * The two never write into the same 128 bytes: processors fetch cache lines in pairs.
 */
#ifndef BENCH_LAYOUT_H
#define BENCH_LAYOUT_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum {
	BENCH_PAGE_BYTES = 4096,
	BENCH_PAYLOAD_WORDS = 8,
	BENCH_PAGE_FD = 3, /* where the worker finds the page */
};

struct bench_page {
	alignas(128) _Atomic uint64_t sent_sequence;
	uint64_t sent_nanos;
	alignas(64) uint64_t payload[BENCH_PAYLOAD_WORDS];
	alignas(128) _Atomic uint64_t ready;
	alignas(128) _Atomic uint64_t read_sequence;
	uint64_t read_nanos;
	uint64_t checksum;
};

_Static_assert(offsetof(struct bench_page, sent_nanos) == 8, "layout");
_Static_assert(offsetof(struct bench_page, payload) == 64, "layout");
_Static_assert(offsetof(struct bench_page, ready) == 128, "layout");
_Static_assert(offsetof(struct bench_page, read_sequence) == 256, "layout");
_Static_assert(offsetof(struct bench_page, read_nanos) == 264, "layout");
_Static_assert(offsetof(struct bench_page, checksum) == 272, "layout");
_Static_assert(sizeof(struct bench_page) <= BENCH_PAGE_BYTES, "layout");

/* Payload, ready and read_sequence, twelve bits each, below a version: what the twins compare. */
#define BENCH_LAYOUT                                                                               \
	(UINT64_C(1) << 36 | (uint64_t)offsetof(struct bench_page, payload) << 24 |                \
	 (uint64_t)offsetof(struct bench_page, ready) << 12 |                                      \
	 (uint64_t)offsetof(struct bench_page, read_sequence))

static inline uint64_t bench_checksum(const uint64_t words[BENCH_PAYLOAD_WORDS])
{
	uint64_t sum = 0;

	for (int i = 0; i < BENCH_PAYLOAD_WORDS; i++)
		sum = 31 * sum + words[i];
	return sum;
}

#endif
