/*
 * The floor of the benchmark of many workers: what WorkerPool.start has to do, in C. For each
 * worker two memfds whose space is allocated, sealed, and mapped with the ring twice in a row; an
 * eventfd, a lifeline, a pipe for its standard error, a pidfd to see its end; vfork and execve.
 * Timed until all are ready.
 *
 *	bench_many PROGRAM WORKERS WARM_UP MEASURED CPU CPU
 */
#include "bench_clock.h"
#include "bench_run.h"
#include "ring_map.h"

#include <belfry/layout.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif
#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x00001000
#endif

enum {
	RING_BYTES = BELFRY_MIN_RING_BYTES,
	ARGUMENTS = 6,
	GIVEN = 4,   /* descriptors 3 to 6 */
	AWAY = 1000, /* where the child's copies wait until 3 to 6 are free */
	EVENTS = 64,
	PATIENCE_MILLIS = 60000,
	MOST_WORKERS = 10000,
	STACK_BYTES = 16 << 10,
};

struct worker {
	struct belfry_ring_map requests;
	struct belfry_ring_map replies;
	int given[GIVEN]; /* requests, replies, doorbell, its end of the lifeline */
	int lifeline;
	int said;
	int error; /* its end of the pipe that `said` reads */
	int pidfd;
	pid_t pid;
	bool ready;
};

struct pool {
	char *command[2];
	char **environment;
	struct worker *workers;
	size_t count;
	size_t header_bytes;
	int epoll;
};

static int make_ring(const struct pool *pool, const char *name, int seals, int protection,
		     struct belfry_ring_map *map)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		bench_fail("memfd_create");
	errno = posix_fallocate(fd, 0, (off_t)(pool->header_bytes + RING_BYTES));
	if (errno != 0)
		bench_fail("posix_fallocate");
	errno = -belfry_ring_map(map, fd, pool->header_bytes, RING_BYTES, protection);
	if (errno != 0)
		bench_fail("mmap");
	if (fcntl(fd, F_ADD_SEALS, seals) < 0 || fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL) < 0)
		bench_fail("F_ADD_SEALS");
	return fd;
}

static void describe_requests(const struct pool *pool, struct worker *worker)
{
	struct belfry_requests *requests = worker->requests.header;

	requests->magic = BELFRY_REQUESTS_MAGIC;
	requests->header_bytes = (uint32_t)pool->header_bytes;
	requests->ring_bytes = RING_BYTES;
	requests->doorbell = BELFRY_ADAPTIVE;
	requests->slot = (uint32_t)(worker - pool->workers);
	requests->pool = 1;
	requests->incarnation = 1;
	atomic_store_explicit(&requests->version, BELFRY_LAYOUT_VERSION, memory_order_release);
}

static void prepare(const struct pool *pool, struct worker *worker)
{
	const int seals = F_SEAL_GROW | F_SEAL_SHRINK;
	int pipes[2];

	worker->given[0] = make_ring(pool, "requests", seals | F_SEAL_FUTURE_WRITE,
				     PROT_READ | PROT_WRITE, &worker->requests);
	worker->given[1] = make_ring(pool, "replies", seals, PROT_READ, &worker->replies);
	describe_requests(pool, worker);

	worker->given[2] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (worker->given[2] < 0)
		bench_fail("eventfd");
	if (pipe2(pipes, O_CLOEXEC) < 0)
		bench_fail("pipe2");
	worker->given[3] = pipes[0];
	worker->lifeline = pipes[1];
	if (pipe2(pipes, O_CLOEXEC) < 0)
		bench_fail("pipe2");
	worker->said = pipes[0];
	worker->error = pipes[1];
}

struct child {
	const struct pool *pool;
	const struct worker *worker;
};

static int become_worker(void *argument)
{
	const struct child *child = argument;
	int copies[GIVEN];
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	setpgid(0, 0);
	dup2(child->worker->error, STDERR_FILENO);
	for (int i = 0; i < GIVEN; i++)
		copies[i] = fcntl(child->worker->given[i], F_DUPFD_CLOEXEC, AWAY);
	for (int i = 0; i < GIVEN; i++)
		if (dup2(copies[i], BELFRY_REQUESTS_FD + i) < 0)
			_exit(127);
	sigprocmask(SIG_SETMASK, &blocked, NULL);
	execve(child->pool->command[0], child->pool->command, child->pool->environment);
	_exit(127);
}

static void watch(const struct pool *pool, int fd, size_t key)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u64 = key};

	if (epoll_ctl(pool->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		bench_fail("epoll_ctl");
}

/* vfork, with the pidfd that clone gives at no cost. */
static void start(struct pool *pool, struct worker *worker)
{
	static _Alignas(16) char stack[STACK_BYTES];
	struct child child = {pool, worker};
	const size_t key = (size_t)(worker - pool->workers) * 3;

	prepare(pool, worker);
	worker->pid = clone(become_worker, stack + sizeof stack,
			    CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &child, &worker->pidfd);
	if (worker->pid < 0)
		bench_fail("clone");
	close(worker->given[3]);
	close(worker->error);
	watch(pool, worker->given[2], key);
	watch(pool, worker->said, key + 1);
	watch(pool, worker->pidfd, key + 2);
}

static bool has_become_ready(struct worker *worker)
{
	const struct belfry_replies *replies = worker->replies.header;

	if (worker->ready ||
	    atomic_load_explicit(&replies->state, memory_order_acquire) != BELFRY_READY ||
	    atomic_load_explicit(&replies->version, memory_order_acquire) != BELFRY_LAYOUT_VERSION)
		return false;
	worker->ready = true;
	return true;
}

static void await_ready(struct pool *pool)
{
	struct epoll_event events[EVENTS];
	size_t left = pool->count;

	while (left > 0) {
		int count = epoll_wait(pool->epoll, events, EVENTS, PATIENCE_MILLIS);

		if (count <= 0) {
			errno = count < 0 ? errno : ETIMEDOUT;
			bench_fail("workers that get ready");
		}
		for (int i = 0; i < count; i++) {
			if (events[i].data.u64 % 3 != 0) {
				errno = ECHILD;
				bench_fail("a worker that ended or complained");
			}
			if (has_become_ready(&pool->workers[events[i].data.u64 / 3]))
				left--;
		}
	}
}

static void stop(struct pool *pool)
{
	for (size_t i = 0; i < pool->count; i++)
		kill(pool->workers[i].pid, SIGTERM);
	for (size_t i = 0; i < pool->count; i++) {
		struct worker *worker = &pool->workers[i];
		int status;

		if (waitpid(worker->pid, &status, 0) < 0 || status != 0)
			bench_fail("a worker's end");
		belfry_ring_unmap(&worker->requests);
		belfry_ring_unmap(&worker->replies);
		for (int fd = 0; fd < GIVEN - 1; fd++)
			close(worker->given[fd]);
		close(worker->lifeline);
		close(worker->said);
		close(worker->pidfd);
	}
	close(pool->epoll);
}

/* Returns the nanoseconds until all were ready. */
static uint64_t time_start(struct pool *pool)
{
	uint64_t start_nanos = bench_now_nanos();
	uint64_t ready_nanos;

	memset(pool->workers, 0, pool->count * sizeof *pool->workers);
	pool->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (pool->epoll < 0)
		bench_fail("epoll_create1");
	for (size_t i = 0; i < pool->count; i++)
		start(pool, &pool->workers[i]);
	await_ready(pool);
	ready_nanos = bench_now_nanos();
	stop(pool);
	return ready_nanos - start_nanos;
}

static void raise_limit_of_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		bench_fail("getrlimit");
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		bench_fail("setrlimit");
}

int main(int argc, char **argv)
{
	struct pool pool = {.header_bytes = (size_t)sysconf(_SC_PAGESIZE)};
	struct bench_run run = {0};
	uint64_t *latencies;
	char version[16];

	if (argc != ARGUMENTS + 1) {
		fprintf(stderr, "usage: %s PROGRAM WORKERS WARM_UP MEASURED CPU CPU\n", argv[0]);
		return 2;
	}
	pool.count = (size_t)bench_parse("WORKERS", argv[2], 1, MOST_WORKERS);
	bench_run_parse_counts(&run, argv + 3);
	bench_run_parse_cpus(&run, argv + 5);
	latencies = bench_latencies(&run);
	bench_pin(run.cpus, 2);
	raise_limit_of_descriptors();
	snprintf(version, sizeof version, "%u", BELFRY_LAYOUT_VERSION);
	setenv("BELFRY_VERSION", version, 1);
	pool.command[0] = argv[1];
	pool.environment = environ;
	pool.workers = calloc(pool.count, sizeof *pool.workers);
	if (pool.workers == NULL)
		bench_fail("calloc");
	for (size_t i = 0; i < run.warm_up; i++)
		time_start(&pool);
	for (size_t i = 0; i < run.measured; i++)
		latencies[i] = time_start(&pool);
	bench_print(&run, latencies);
	free(pool.workers);
	free(latencies);
	return 0;
}
