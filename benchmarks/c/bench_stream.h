/* Where the other side of a peer that is a stream reads from and writes to. */
#ifndef BENCH_STREAM_H
#define BENCH_STREAM_H

#include "bench_run.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

/* A blocking UNIX socket, connected; says what failed and exits with 1. */
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

#endif
