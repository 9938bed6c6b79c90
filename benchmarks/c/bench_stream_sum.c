/*
 * The reader of the peers that are streams: standard input, or a socket that it connects to. Each
 * message is a word, its size, and that many bytes, which are added up as bench_source.h says. At
 * the end of the stream the sum is a line on standard output, or in the socket.
 */
#include "bench_run.h"
#include "bench_source.h"
#include "bench_stream.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUFFER_BYTES = 2 << 20, MOST = 1 << 20 };

static unsigned char buffer[BUFFER_BYTES];

/* Adds up the whole messages at the buffer's beginning; returns their size in bytes. */
static size_t add_up(size_t there, uint64_t *sum)
{
	uint64_t size;
	size_t done = 0;

	while (there - done >= sizeof size) {
		memcpy(&size, buffer + done, sizeof size);
		if (size > MOST) {
			errno = EMSGSIZE;
			bench_fail("a message");
		}
		if (there - done - sizeof size < size)
			break;
		*sum += bench_sum(buffer + done + sizeof size, size);
		done += sizeof size + size;
	}
	return done;
}

int main(int argc, char **argv)
{
	const struct bench_stream stream = bench_stream_open(argc, argv);
	uint64_t sum = 0;
	size_t there = 0;
	ssize_t got;

	while ((got = read(stream.in, buffer + there, sizeof buffer - there)) > 0) {
		size_t done;

		there += (size_t)got;
		done = add_up(there, &sum);
		there -= done;
		memmove(buffer, buffer + done, there);
	}
	if (got < 0)
		bench_fail("read");
	if (there > 0) {
		fputs("bench_stream_sum: the stream ends inside a message\n", stderr);
		return 1;
	}
	return dprintf(stream.out, "%" PRIu64 "\n", sum) < 0 ? 1 : 0;
}
