/* The stream that the other side of a peer reads from and writes to. */
#ifndef BENCH_STREAM_H
#define BENCH_STREAM_H

#include "bench_run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct bench_stream {
	int in;
	int out;
};

/* A connected blocking UNIX socket; on failure prints it and exits with 1. */
static inline int bench_connect(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		bench_fail("socket");
	if (strlen(path) >= sizeof address.sun_path) {
		errno = ENAMETOOLONG;
		bench_fail(path);
	}
	strcpy(address.sun_path, path);
	if (connect(fd, (const struct sockaddr *)&address, sizeof address) < 0)
		bench_fail(path);
	return fd;
}

/* CPU [SOCKET]: pins this process; standard input and output, or that socket for both. */
static inline struct bench_stream bench_stream_open(int argc, char **argv)
{
	struct bench_stream stream = {STDIN_FILENO, STDOUT_FILENO};
	int cpu;

	if (argc != 2 && argc != 3) {
		fprintf(stderr, "usage: %s CPU [SOCKET]\n", argv[0]);
		exit(2);
	}
	cpu = (int)bench_parse("CPU", argv[1], -1, BENCH_MAX_CPU);
	bench_pin(&cpu, 1);
	if (argc == 3)
		stream.in = stream.out = bench_connect(argv[2]);
	return stream;
}

#endif
