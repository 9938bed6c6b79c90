/*
 * The other side of the round trips through streams: standard input and output, or a socket that it
 * connects to. Sends back what it gets, as it comes.
 */
#include "bench_run.h"
#include "bench_stream.h"

#include <stdio.h>
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
	int cpu, in = STDIN_FILENO, out = STDOUT_FILENO;
	ssize_t got;

	if (argc != 2 && argc != 3) {
		fprintf(stderr, "usage: %s CPU [SOCKET]\n", argv[0]);
		return 2;
	}
	cpu = (int)bench_parse("CPU", argv[1], -1, BENCH_MOST_CPU);
	bench_pin(&cpu, 1);
	if (argc == 3)
		in = out = bench_connect(argv[2]);
	while ((got = read(in, buffer, sizeof buffer)) > 0)
		write_all(out, buffer, (size_t)got);
	if (got < 0)
		bench_fail("read");
	return 0;
}
