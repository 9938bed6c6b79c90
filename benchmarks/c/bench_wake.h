/* The kernel's ways to wake a process, for the floors of the one-way times. */
#ifndef BENCH_WAKE_H
#define BENCH_WAKE_H

#include "bench_layout.h"

#include <sys/types.h>

enum { BENCH_WAKE_FD = 4 }; /* where the worker finds its descriptor, if there is one */

struct bench_wake {
	const char *name;

	/* The sender's descriptor and the worker's; NULL: there are none. */
	void (*open)(int fds[2]);
	void (*wake)(struct bench_page *page, pid_t worker, int fd);

	/* In the worker, before it is ready; returns the descriptor to wait for. */
	int (*prepare)(void);

	/* Waits for a message after `seen`. May also return without one. */
	void (*wait)(struct bench_page *page, int fd, uint64_t seen);
};

/* sigwaitinfo, signalfd, futex, eventfd or pipe; otherwise prints what is wrong, exits with 2. */
const struct bench_wake *bench_wake_find(const char *name);

#endif
