/*
 * The floors of the signal-to-read benchmark: what SignalToRead.java does, from C. Writes 64 bytes
 * and a time stamp, wakes the worker, with SIGUSR1 or another of bench_wake.h, and takes the
 * worker's time stamp as soon as it is there. Between two messages it spins, so that the worker is
 * asleep again.
 *
 *	bench_signal_send PROGRAM WARM_UP MEASURED PAUSE_NANOS CPU CPU WAKE
 */
#include "bench_clock.h"
#include "bench_layout.h"
#include "bench_run.h"
#include "bench_wake.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const uint64_t PATIENCE_NANOS = UINT64_C(10000000000);

struct sender {
	struct bench_page *page;
	const struct bench_wake *wake;
	int wake_fds[2]; /* the sender's and the worker's */
	pid_t worker;
	uint64_t sequence;
};

/* Ends the worker as well: it has PR_SET_PDEATHSIG. */
static _Noreturn void refuse(const char *complaint)
{
	fprintf(stderr, "bench_signal_send: %s\n", complaint);
	exit(1);
}

static int make_page(struct bench_page **page)
{
	int fd = memfd_create("bench", MFD_CLOEXEC);
	void *mapped;

	if (fd < 0 || ftruncate(fd, BENCH_PAGE_BYTES) < 0)
		bench_fail("memfd_create");
	mapped = mmap(NULL, BENCH_PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (mapped == MAP_FAILED)
		bench_fail("mmap");
	*page = mapped;
	return fd;
}

static void give(int fd, int target)
{
	if (dup2(fd, target) < 0)
		bench_fail("a descriptor of the worker");
}

static _Noreturn void become_worker(const struct bench_run *run, const struct sender *sender,
				    int page_fd, pid_t parent)
{
	/* Away from the targets first. */
	const int page = fcntl(page_fd, F_DUPFD_CLOEXEC, BENCH_WAKE_FD + 1);
	const int wake = sender->wake->open == NULL
				 ? -1
				 : fcntl(sender->wake_fds[1], F_DUPFD_CLOEXEC, BENCH_WAKE_FD + 1);

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(127);
	bench_pin(run->cpus + 1, 1);
	give(page, BENCH_PAGE_FD);
	if (wake >= 0)
		give(wake, BENCH_WAKE_FD);
	execl(run->program, run->program, sender->wake->name, (char *)NULL);
	bench_fail(run->program);
}

static pid_t start_worker(const struct bench_run *run, const struct sender *sender, int page_fd)
{
	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid < 0)
		bench_fail("fork");
	if (pid == 0)
		become_worker(run, sender, page_fd, parent);
	return pid;
}

/* Bounded, in case the worker has died. Pairs with the worker's releases. */
static uint64_t await_change(const _Atomic uint64_t *word, uint64_t old)
{
	uint64_t end = bench_now_nanos() + PATIENCE_NANOS;
	uint64_t value;

	while ((value = atomic_load_explicit(word, memory_order_acquire)) == old)
		if (bench_now_nanos() > end)
			refuse("the worker doesn't answer");
	return value;
}

static void await_ready(const struct sender *sender)
{
	while (atomic_load_explicit(&sender->page->ready, memory_order_acquire) == 0)
		if (waitpid(sender->worker, NULL, WNOHANG) != 0)
			refuse("the worker ended before it was ready");
	if (sender->page->ready != BENCH_LAYOUT)
		refuse("the worker has another layout of the page");
}

/* Sends a message; returns its latency in nanoseconds. */
static uint64_t send_message(struct sender *sender)
{
	struct bench_page *page = sender->page;
	uint64_t sequence = ++sender->sequence;
	uint64_t sent_nanos = bench_now_nanos();

	for (uint64_t i = 0; i < BENCH_PAYLOAD_WORDS; i++)
		page->payload[i] = sequence + i;
	page->sent_nanos = sent_nanos;
	/* Pairs with the worker's acquire of sent_sequence. */
	atomic_store_explicit(&page->sent_sequence, sequence, memory_order_release);
	sender->wake->wake(page, sender->worker, sender->wake_fds[0]);

	if (await_change(&page->read_sequence, sequence - 1) != sequence)
		refuse("the worker answered another message");
	if (page->checksum != bench_checksum(page->payload))
		refuse("the worker read something else");
	return page->read_nanos - sent_nanos;
}

int main(int argc, char **argv)
{
	struct sender sender = {0};
	struct bench_run run;
	uint64_t *latencies;
	int page_fd;

	sender.wake = bench_wake_find(argc > 1 ? argv[argc - 1] : "");
	bench_run_parse(&run, argc - 1, argv);
	if (sender.wake->open != NULL)
		sender.wake->open(sender.wake_fds);
	latencies = bench_latencies(&run);
	page_fd = make_page(&sender.page);
	sender.worker = start_worker(&run, &sender, page_fd);
	bench_pin(run.cpus, 1);
	await_ready(&sender);

	for (size_t i = 0; i < run.warm_up; i++) {
		bench_spin(run.pause_nanos);
		send_message(&sender);
	}
	for (size_t i = 0; i < run.measured; i++) {
		bench_spin(run.pause_nanos);
		latencies[i] = send_message(&sender);
	}
	kill(sender.worker, SIGKILL);
	waitpid(sender.worker, NULL, 0);
	bench_print(&run, latencies);
	free(latencies);
	return 0;
}
