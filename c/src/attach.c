/* See attach.h. */
#include "attach.h"

#include "signals.h"
#include "worker_state.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { REFUSED = 1, NO_MASTER = 2 };

void belfry_complain(const char *format, ...)
{
	char text[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	fprintf(stderr, "%s: %s\n", program_invocation_short_name, text);
}

static int refused(const char *what, int error)
{
	belfry_complain("%s: %s", what, strerror(error));
	return REFUSED;
}

static int other_version(const char *masters)
{
	belfry_complain("the master's memory layout has version %.32s and this worker's %u: "
			"both have to come from the same release of Belfry",
			masters, BELFRY_LAYOUT_VERSION);
	return NO_MASTER;
}

static int check_environment(void)
{
	const char *masters = getenv("BELFRY_VERSION");
	char ours[16];

	if (masters == NULL) {
		belfry_complain("this is a worker of a Belfry pool: a master has to start it "
				"(WorkerPool), it can't be run by hand");
		return NO_MASTER;
	}
	snprintf(ours, sizeof ours, "%u", BELFRY_LAYOUT_VERSION);
	if (strcmp(masters, ours) != 0)
		return other_version(masters);
	unsetenv("BELFRY_VERSION"); /* what this process starts is no worker */
	return 0;
}

static int keep_descriptors_from_programs(void)
{
	for (int fd = BELFRY_REQUESTS_FD; fd <= BELFRY_LIFELINE_FD; fd++) {
		if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) {
			belfry_complain("descriptor %d isn't there: %s", fd, strerror(errno));
			return NO_MASTER;
		}
	}
	return 0;
}

static int check_requests_file(uint64_t bytes)
{
	struct stat status;

	if (fstat(BELFRY_REQUESTS_FD, &status) < 0)
		return refused("requests", errno);
	if ((uint64_t)status.st_size != bytes) {
		belfry_complain("requests: %lld bytes, not %llu", (long long)status.st_size,
				(unsigned long long)bytes);
		return NO_MASTER;
	}
	return 0;
}

/* The file of the replies is empty yet: only its size, which is sealed, tells of their ring. */
static int measure_replies(uint32_t header_bytes, uint32_t *ring_bytes)
{
	struct stat status;
	uint64_t bytes;

	if (fstat(BELFRY_REPLIES_FD, &status) < 0)
		return refused("replies", errno);
	bytes = (uint64_t)status.st_size - header_bytes;
	if (bytes > UINT32_MAX || !belfry_ring_bytes_valid((uint32_t)bytes)) {
		belfry_complain("replies: %lld bytes: not a ring that this worker knows",
				(long long)status.st_size);
		return NO_MASTER;
	}
	*ring_bytes = (uint32_t)bytes;
	return 0;
}

/* Checks what the master wrote about its rings, before anything is mapped. */
static int check_header(const struct belfry_requests *header)
{
	const uint32_t version = atomic_load_explicit(&header->version, memory_order_relaxed);
	char masters[16];

	if (header->magic != BELFRY_REQUESTS_MAGIC) {
		belfry_complain("requests: no ring of a Belfry master");
		return NO_MASTER;
	}
	if (version != BELFRY_LAYOUT_VERSION) {
		snprintf(masters, sizeof masters, "%u", version);
		return other_version(masters);
	}
	if (header->header_bytes != (uint64_t)sysconf(_SC_PAGESIZE) ||
	    !belfry_ring_bytes_valid(header->ring_bytes) || header->doorbell > BELFRY_SPIN) {
		belfry_complain("requests: a header of %u bytes, a ring of %u, doorbell %u: "
				"not a layout that this worker knows",
				header->header_bytes, header->ring_bytes, header->doorbell);
		return NO_MASTER;
	}
	return check_requests_file((uint64_t)header->header_bytes + header->ring_bytes);
}

/* Closes the descriptors, so that programs which this process starts can't get at the memory. */
static int map_rings(struct belfry_worker *worker)
{
	struct belfry_requests header;
	uint32_t reply_ring_bytes;
	ssize_t got;
	int status, error;

	got = pread(BELFRY_REQUESTS_FD, &header, sizeof header, 0);
	if (got < 0)
		return refused("requests: pread", errno);
	if ((size_t)got < sizeof header) {
		belfry_complain("requests: no ring of a Belfry master");
		return NO_MASTER;
	}
	status = check_header(&header);
	if (status == 0)
		status = measure_replies(header.header_bytes, &reply_ring_bytes);
	if (status != 0)
		return status;

	error = belfry_ring_map(&worker->requests_map, BELFRY_REQUESTS_FD, header.header_bytes,
				header.ring_bytes, PROT_READ);
	if (error < 0)
		return refused("requests: mmap", -error);
	error = belfry_ring_map(&worker->replies_map, BELFRY_REPLIES_FD, header.header_bytes,
				reply_ring_bytes, PROT_READ | PROT_WRITE);
	if (error < 0)
		return refused("replies: mmap", -error);
	close(BELFRY_REQUESTS_FD);
	close(BELFRY_REPLIES_FD);
	return 0;
}

/* They are large, and hold what others asked for. */
static int dump_rings_if_wanted(const struct belfry_worker *worker)
{
	const char *wanted = getenv("BELFRY_DUMP_RINGS");
	int error;

	if (wanted == NULL || strcmp(wanted, "1") != 0)
		return 0;
	error = belfry_ring_dump(&worker->requests_map);
	if (error == 0)
		error = belfry_ring_dump(&worker->replies_map);
	return error < 0 ? refused("rings: madvise", -error) : 0;
}

static void set_up_rings(struct belfry_worker *worker)
{
	const struct belfry_requests *requests = worker->requests_map.header;
	struct belfry_replies *replies = worker->replies_map.header;

	worker->requests = requests;
	worker->replies = replies;
	belfry_ring_reader_init(&worker->reader, worker->requests_map.ring,
				worker->requests_map.ring_bytes, requests->resume);
	worker->reader.published_tail = &requests->request_tail;
	worker->reader.published_head = NULL; /* the replies tell */
	belfry_ring_writer_init(&worker->writer, worker->replies_map.ring,
				worker->replies_map.ring_bytes, 0);
	worker->writer.published_tail = &replies->reply_tail;
	worker->writer.published_head = &requests->reply_head;
}

static int set_up_doorbells(struct belfry_worker *worker)
{
	const enum belfry_doorbell doorbell = (enum belfry_doorbell)worker->requests->doorbell;
	int error;

	worker->sleeper = (struct belfry_sleeper){
		.sleep = &worker->replies->worker_sleep,
		.doorbell = doorbell,
		.spin_nanos = worker->requests->spin_nanos,
		.context = worker,
		.wakes = &worker->replies->wakes,
		.signals = &worker->replies->signals,
		.rescues = &worker->replies->rescues,
	};
	worker->ringer = (struct belfry_ringer){
		.sleep = &worker->requests->master_sleep,
		.doorbell = doorbell,
	};
	error = belfry_eventfd_mark(BELFRY_DOORBELL_FD);
	return error < 0 ? refused("doorbell: fcntl", -error) : 0;
}

static void remember_stderr(struct belfry_worker *worker)
{
	struct stat status = {.st_ino = 0};

	fstat(STDERR_FILENO, &status); /* closed: 0, as the file that it isn't */
	worker->stderr_device = status.st_dev;
	worker->stderr_inode = status.st_ino;
}

bool belfry_attach_has_stderr(const struct belfry_worker *worker)
{
	struct stat status;

	return fstat(STDERR_FILENO, &status) == 0 && status.st_dev == worker->stderr_device &&
	       status.st_ino == worker->stderr_inode;
}

static void describe_replies(struct belfry_worker *worker)
{
	struct belfry_replies *replies = worker->replies;

	replies->magic = BELFRY_REPLIES_MAGIC;
	replies->header_bytes = worker->requests->header_bytes;
	replies->ring_bytes = worker->replies_map.ring_bytes;
	replies->incarnation = worker->requests->incarnation;
	atomic_store_explicit(&replies->pid, (uint32_t)getpid(), memory_order_relaxed);
	/* Pairs with the master's acquire while it waits for this worker: the rest is there. */
	atomic_store_explicit(&replies->version, BELFRY_LAYOUT_VERSION, memory_order_release);
}

/*
 * From here on the kernel kills this process, and its forked children, once the master's end of the
 * lifeline is closed, however the master ended. The poll finds a master that ended before.
 *
 *   master                         this process                  a program that it runs
 *   killed: its threads end          the death signal: ends
 *   its descriptors are closed       (has no lifeline any more)    runs on
 *
 * The death signal comes first and reaches this process alone, so it serves only until here.
 */
static int tie_to_master(struct belfry_worker *worker)
{
	struct pollfd lifeline = {.fd = BELFRY_LIFELINE_FD};
	const pid_t self = getpid();
	/* A process that leads no group is in one that belongs to others: not to be killed. */
	const pid_t owner = getpgrp() == self ? -self : self;
	const int flags = fcntl(BELFRY_LIFELINE_FD, F_GETFL);

	worker->master = getppid();
	if (flags < 0 || fcntl(BELFRY_LIFELINE_FD, F_SETSIG, SIGKILL) < 0 ||
	    fcntl(BELFRY_LIFELINE_FD, F_SETOWN, owner) < 0 ||
	    fcntl(BELFRY_LIFELINE_FD, F_SETFL, flags | O_ASYNC) < 0)
		return refused("lifeline: fcntl", errno);
	if (poll(&lifeline, 1, 0) < 0)
		return refused("lifeline: poll", errno);
	if ((lifeline.revents & POLLHUP) != 0)
		kill(owner, SIGKILL);
	if (prctl(PR_SET_PDEATHSIG, 0) < 0)
		return refused("lifeline: prctl", errno);
	return 0;
}

static int own_signals(void)
{
	const int error = belfry_signals_own();

	return error < 0 ? refused("signals", -error) : 0;
}

/* The bundled workers are executed from a memfd, and ps would show its number. */
static void show_name(void)
{
	prctl(PR_SET_NAME, program_invocation_short_name);
}

int belfry_attach(struct belfry_worker *worker)
{
	int status = check_environment();

	if (status == 0)
		status = keep_descriptors_from_programs();
	if (status == 0)
		status = map_rings(worker);
	if (status == 0)
		status = dump_rings_if_wanted(worker);
	if (status == 0) {
		set_up_rings(worker);
		remember_stderr(worker);
		status = set_up_doorbells(worker);
	}
	if (status == 0) {
		describe_replies(worker);
		status = tie_to_master(worker);
	}
	if (status == 0)
		status = own_signals();
	if (status == 0)
		show_name();
	return status;
}
