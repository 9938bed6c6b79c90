/*
 * The other side of the round trips through streams: standard input and output, or a socket that it
 * connects to. Sends back its input as it comes.
 */
#include "bench_run.h"
#include "bench_stream.h"

#include <unistd.h>

static unsigned char buffer[1 << 20];

static void write_all(int fd, const unsigned char *bytes, size_t size)
{
	while (size > 0) {
		const ssize_t written = write(fd, bytes, size);

		if (written < 0)
			bench_fail("write");
		bytes += written;
		size -= (size_t)written;
	}
}

int main(int argc, char **argv)
{
	const struct bench_stream stream = bench_stream_open(argc, argv);
	ssize_t got;

	while ((got = read(stream.in, buffer, sizeof buffer)) > 0)
		write_all(stream.out, buffer, (size_t)got);
	if (got < 0)
		bench_fail("read");
	return 0;
}
