/*
 * Both ends of a ring as two threads of one program, so that ThreadSanitizer sees all of it: the
 * writer, the reader, and both doorbells (signals in one direction, an eventfd in the other).
 */
#include "check.h"
#include "doorbell.h"
#include "random.h"
#include "ring.h"
#include "ring_map.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

enum { RING_BYTES = BELFRY_MIN_RING_BYTES, MESSAGES = TIMES(150000), MAX_SIZE = 2000 };

static struct belfry_ring_map map;
static _Alignas(128) _Atomic uint64_t tail;
static _Alignas(128) _Atomic uint64_t head;
static _Alignas(128) _Atomic uint64_t reader_sleep;
static _Alignas(128) _Atomic uint64_t writer_sleep;
static _Atomic uint64_t wakes, signals, rescues; /* the reader's */
static _Atomic uint64_t writer_wakes, writer_signals, writer_rescues;
static int bell_fd; /* the reader rings the writer with it */
static pthread_t reader_thread;
static uint64_t seed;

/* The n-th message, for both sides. */
static uint32_t size_of(uint64_t id)
{
	return (uint32_t)((id * UINT64_C(0x9e3779b97f4a7c15) ^ seed) % MAX_SIZE);
}

static unsigned char fill_of(uint64_t id)
{
	return (unsigned char)(id * 131 + seed);
}

static bool reader_ready(void *context)
{
	return belfry_ring_has_next(context);
}

static int reader_wait(void *context)
{
	const struct timespec second = {.tv_sec = 1};
	sigset_t usr1;
	int result;

	(void)context;
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	result = sigtimedwait(&usr1, NULL, &second);
	return result == SIGUSR1 ? 0 : -errno;
}

static bool writer_ready(void *context)
{
	return belfry_ring_claim(context, MAX_SIZE) != -EAGAIN;
}

static int writer_wait(void *context)
{
	struct pollfd bell = {.fd = bell_fd, .events = POLLIN};
	uint64_t rings;

	(void)context;
	if (poll(&bell, 1, 1000) == 0)
		return -EAGAIN;
	return read(bell_fd, &rings, sizeof rings) == sizeof rings ? 0 : -EINTR;
}

/* Waits until the other thread is about to wait, or waits. */
static void wait_until_asleep(const _Atomic uint64_t *sleep)
{
	while (atomic_load(sleep) % 2 == 0)
		sched_yield();
}

static void *read_all(void *doorbell)
{
	struct belfry_ring_reader reader;
	struct belfry_ringer ringer = {.sleep = &writer_sleep,
				       .doorbell = *(enum belfry_doorbell *)doorbell};
	struct belfry_sleeper sleeper = {
		.sleep = &reader_sleep,
		.doorbell = *(enum belfry_doorbell *)doorbell,
		.context = &reader,
		.ready = reader_ready,
		.wait = reader_wait,
		.wakes = &wakes,
		.signals = &signals,
		.rescues = &rescues,
	};

	belfry_ring_reader_init(&reader, map.ring, RING_BYTES, 0);
	reader.published_tail = &tail;
	reader.published_head = &head;
	if (sleeper.doorbell != BELFRY_SPIN)
		wait_until_asleep(&writer_sleep);
	for (uint64_t id = 1; id <= MESSAGES; id++) {
		unsigned char expected[MAX_SIZE];
		struct belfry_record record;
		const void *payload;

		belfry_sleeper_wait(&sleeper, belfry_clock_nanos());
		CHECK(belfry_ring_next(&reader, &record, &payload) == 0);
		CHECK(record.id == id && record.size == size_of(id) && record.type == 7);
		memset(expected, fill_of(id), record.size);
		CHECK(memcmp(payload, expected, record.size) == 0);
		belfry_ring_consume(&reader);
		belfry_ring_look(&reader);
		if (belfry_ringer_must_ring(&ringer))
			CHECK(belfry_eventfd_ring(bell_fd) == 0);
	}
	return NULL;
}

static void write_all(enum belfry_doorbell doorbell)
{
	struct belfry_ring_writer writer;
	struct belfry_ringer ringer = {.sleep = &reader_sleep, .doorbell = doorbell};
	struct belfry_sleeper sleeper = {
		.sleep = &writer_sleep,
		.doorbell = doorbell,
		.context = &writer,
		.ready = writer_ready,
		.wait = writer_wait,
		.wakes = &writer_wakes,
		.signals = &writer_signals,
		.rescues = &writer_rescues,
	};

	belfry_ring_writer_init(&writer, map.ring, RING_BYTES, 0);
	writer.published_tail = &tail;
	writer.published_head = &head;
	for (uint64_t id = 1; id <= MESSAGES; id++) {
		const struct belfry_record record = {.size = size_of(id), .type = 7, .id = id};

		belfry_sleeper_wait(&sleeper, belfry_clock_nanos());
		CHECK(belfry_ring_claim(&writer, record.size) == 0);
		memset(belfry_ring_payload(&writer), fill_of(id), record.size);
		belfry_ring_publish(&writer, &record);
		if (belfry_ringer_must_ring(&ringer))
			pthread_kill(reader_thread, SIGUSR1);
		/* A ring of 64 KiB was full before. Now and then the reader has to fall asleep. */
		if (id % 128 == 0 && doorbell != BELFRY_SPIN)
			wait_until_asleep(&reader_sleep);
	}
}

static void transfer(enum belfry_doorbell doorbell)
{
	const size_t header_bytes = (size_t)sysconf(_SC_PAGESIZE);
	const int fd = memfd_create("ring_threads_test", MFD_CLOEXEC);

	CHECK(fd >= 0 && ftruncate(fd, (off_t)header_bytes + RING_BYTES) == 0);
	CHECK(belfry_ring_map(&map, fd, header_bytes, RING_BYTES, PROT_READ | PROT_WRITE) == 0);
	close(fd);
	bell_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	CHECK(belfry_eventfd_mark(bell_fd) == 0);
	tail = head = reader_sleep = writer_sleep = 0;
	wakes = signals = rescues = writer_wakes = writer_signals = writer_rescues = 0;

	CHECK(pthread_create(&reader_thread, NULL, read_all, &doorbell) == 0);
	write_all(doorbell);
	CHECK(pthread_join(reader_thread, NULL) == 0);
	printf("  reader: %llu wakes, %llu signals; writer: %llu wakes, %llu bells\n",
	       (unsigned long long)wakes, (unsigned long long)signals,
	       (unsigned long long)writer_wakes, (unsigned long long)writer_signals);
	CHECK(rescues == 0 && writer_rescues == 0);
	CHECK(tail == head);
	belfry_ring_unmap(&map);
	close(bell_fd);
}

static void adaptive_loses_nothing(void)
{
	transfer(BELFRY_ADAPTIVE);
	CHECK(signals > 0 && writer_signals > 0); /* otherwise this tested nothing */
}

static void always_loses_nothing(void)
{
	transfer(BELFRY_ALWAYS);
}

static void spin_loses_nothing(void)
{
	transfer(BELFRY_SPIN);
}

int main(void)
{
	sigset_t usr1;

	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &usr1, NULL);
	random_seed();
	seed = random_next();
	RUN(adaptive_loses_nothing);
	RUN(always_loses_nothing);
	RUN(spin_loses_nothing);
	return 0;
}
