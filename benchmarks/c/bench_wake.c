#include "bench_wake.h"

#include "bench_run.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

static void check_interrupted(const char *what, ssize_t result)
{
	if (result < 0 && errno != EINTR)
		bench_fail(what);
}

static void wake_by_kill(struct bench_page *page, pid_t worker, int fd)
{
	(void)page;
	(void)fd;
	if (kill(worker, SIGUSR1) < 0)
		bench_fail("kill");
}

static sigset_t doorbell(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	return set;
}

static int block_signal(void)
{
	const sigset_t set = doorbell();

	sigprocmask(SIG_BLOCK, &set, NULL);
	return -1;
}

static void wait_for_signal(struct bench_page *page, int fd, uint64_t seen)
{
	const sigset_t set = doorbell();

	(void)page;
	(void)fd;
	(void)seen;
	check_interrupted("sigwaitinfo", sigwaitinfo(&set, NULL));
}

static int open_signalfd(void)
{
	const sigset_t set = doorbell();
	int fd;

	block_signal();
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (fd < 0)
		bench_fail("signalfd");
	return fd;
}

static void wait_for_signalfd(struct bench_page *page, int fd, uint64_t seen)
{
	struct signalfd_siginfo info;

	(void)page;
	(void)seen;
	check_interrupted("signalfd", read(fd, &info, sizeof info));
}

/* The futex is the low half of sent_sequence. */
static uint32_t *futex_of(struct bench_page *page)
{
	const size_t low = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 0 : sizeof(uint32_t);

	return (uint32_t *)(void *)((char *)page + offsetof(struct bench_page, sent_sequence) +
				    low);
}

static void wake_by_futex(struct bench_page *page, pid_t worker, int fd)
{
	(void)worker;
	(void)fd;
	if (syscall(SYS_futex, futex_of(page), FUTEX_WAKE, 1, NULL, NULL, 0) < 0)
		bench_fail("futex");
}

static int prepare_nothing(void)
{
	return -1;
}

static void wait_for_futex(struct bench_page *page, int fd, uint64_t seen)
{
	(void)fd;
	if (syscall(SYS_futex, futex_of(page), FUTEX_WAIT, (uint32_t)seen, NULL, NULL, 0) < 0 &&
	    errno != EAGAIN)
		check_interrupted("futex", -1);
}

static void open_eventfd(int fds[2])
{
	fds[0] = fds[1] = eventfd(0, EFD_CLOEXEC);
	if (fds[0] < 0)
		bench_fail("eventfd");
}

static void wake_by_word(struct bench_page *page, pid_t worker, int fd)
{
	const uint64_t one = 1;

	(void)page;
	(void)worker;
	if (write(fd, &one, sizeof one) < 0)
		bench_fail("write");
}

static int find_descriptor(void)
{
	return BENCH_WAKE_FD;
}

static void wait_for_word(struct bench_page *page, int fd, uint64_t seen)
{
	uint64_t word;

	(void)page;
	(void)seen;
	check_interrupted("read", read(fd, &word, sizeof word));
}

static void open_pipe(int fds[2])
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		bench_fail("pipe2");
	fds[0] = ends[1];
	fds[1] = ends[0];
}

const struct bench_wake *bench_wake_find(const char *name)
{
	static const struct bench_wake wakes[] = {
		{"sigwaitinfo", NULL, wake_by_kill, block_signal, wait_for_signal},
		{"signalfd", NULL, wake_by_kill, open_signalfd, wait_for_signalfd},
		{"futex", NULL, wake_by_futex, prepare_nothing, wait_for_futex},
		{"eventfd", open_eventfd, wake_by_word, find_descriptor, wait_for_word},
		{"pipe", open_pipe, wake_by_word, find_descriptor, wait_for_word},
	};

	for (size_t i = 0; i < sizeof wakes / sizeof *wakes; i++)
		if (strcmp(wakes[i].name, name) == 0)
			return &wakes[i];
	fprintf(stderr, "WAKE is '%s', not sigwaitinfo, signalfd, futex, eventfd or pipe\n", name);
	exit(2);
}
