/*
 * See belfry_once.h. This process is both sides: it writes the request into a ring as a master
 * does, runs the worker, and reads the reply from the other ring. So the module meets the same
 * library as in a pool, and a debugger one process.
 *
 *	host                      worker, in the same thread
 *	  rings, descriptors 3-6
 *	  publishes the request
 *	  belfry_module_run         init, READY, process
 *	                            is asked to leave, so that it awaits nothing more
 *	                            fini
 *	  reads the reply
 */
#include "belfry_once.h"

#include "module.h"
#include "ring.h"
#include "ring_map.h"
#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

enum { REFUSED = 1, FAULT = 3 };
enum { RING_BYTES = BELFRY_MAX_RING_BYTES }; /* what isn't used takes no memory */

static struct belfry_ring_map requests_map, replies_map;
static int (*real_process)(struct belfry_worker *worker, void *state,
			   const struct belfry_request *request);

static bool refused(const char *what, int error)
{
	fprintf(stderr, "belfry-host: %s: %s\n", what, strerror(error));
	return false;
}

static size_t page_bytes(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/* Takes the place of whatever had that number. */
static bool move(int fd, int number)
{
	if (fd < 0)
		return false;
	if (fd == number)
		return true;
	if (dup2(fd, number) < 0)
		return false;
	close(fd);
	return true;
}

static bool make_ring(struct belfry_ring_map *map, const char *name, int number)
{
	const int fd = memfd_create(name, MFD_CLOEXEC);
	int error;

	if (!move(fd, number))
		return refused(name, errno);
	if (ftruncate(number, (off_t)(page_bytes() + RING_BYTES)) < 0)
		return refused(name, errno);
	error = belfry_ring_map(map, number, page_bytes(), RING_BYTES, PROT_READ | PROT_WRITE);
	return error == 0 || refused(name, -error);
}

/* Nothing to lose its master by: /dev/null never ends. */
static bool make_descriptors(void)
{
	if (!move(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), BELFRY_DOORBELL_FD))
		return refused("eventfd", errno);
	if (!move(open("/dev/null", O_RDONLY | O_CLOEXEC), BELFRY_LIFELINE_FD))
		return refused("/dev/null", errno);
	return true;
}

static void describe_requests(void)
{
	struct belfry_requests *requests = requests_map.header;

	requests->magic = BELFRY_REQUESTS_MAGIC;
	requests->header_bytes = (uint32_t)page_bytes();
	requests->ring_bytes = RING_BYTES;
	requests->doorbell = BELFRY_ADAPTIVE;
	requests->pool = 1;
	requests->incarnation = 1;
	atomic_store_explicit(&requests->version, BELFRY_LAYOUT_VERSION, memory_order_release);
}

bool belfry_once_prepare(void)
{
	char version[16];

	if (!make_ring(&requests_map, "requests", BELFRY_REQUESTS_FD) ||
	    !make_ring(&replies_map, "replies", BELFRY_REPLIES_FD) || !make_descriptors())
		return false;
	describe_requests();
	snprintf(version, sizeof version, "%u", BELFRY_LAYOUT_VERSION);
	return setenv("BELFRY_VERSION", version, 1) == 0 || refused("setenv", errno);
}

/* All of standard input, straight into the ring. */
static bool read_request(uint32_t type)
{
	struct belfry_requests *requests = requests_map.header;
	_Atomic uint64_t no_head = 0;
	struct belfry_ring_writer writer;
	struct belfry_record record = {.type = type, .id = 1, .attempt = 1};
	const size_t most = belfry_ring_max_size(RING_BYTES);
	ssize_t got;

	belfry_ring_writer_init(&writer, requests_map.ring, RING_BYTES, 0);
	writer.published_tail = &requests->request_tail;
	writer.published_head = &no_head;
	belfry_ring_claim(&writer, most);
	while (record.size < most) {
		unsigned char *to = (unsigned char *)belfry_ring_payload(&writer) + record.size;

		got = read(STDIN_FILENO, to, most - record.size);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return refused("standard input", errno);
		if (got == 0)
			break;
		record.size += (uint32_t)got;
	}
	if (record.size == most)
		return refused("standard input", EMSGSIZE);
	belfry_ring_publish(&writer, &record);
	return true;
}

static bool write_all(int fd, const unsigned char *bytes, size_t size)
{
	while (size > 0) {
		const ssize_t written = write(fd, bytes, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return refused("standard output", errno);
		bytes += written;
		size -= (size_t)written;
	}
	return true;
}

/* Returns the exit status. */
static int write_reply(void)
{
	struct belfry_replies *replies = replies_map.header;
	_Atomic uint64_t head = 0;
	struct belfry_ring_reader reader;
	struct belfry_record record;
	const void *data;

	belfry_ring_reader_init(&reader, replies_map.ring, RING_BYTES, 0);
	reader.published_tail = &replies->reply_tail;
	reader.published_head = &head;
	if (belfry_ring_next(&reader, &record, &data) != 0) {
		fprintf(stderr, "belfry-host: the worker ended without a reply\n");
		return REFUSED;
	}
	if (record.code == 0)
		return write_all(STDOUT_FILENO, data, record.size) ? 0 : REFUSED;
	fprintf(stderr, "belfry-host: fault %d: ", (int)record.code);
	fwrite(data, 1, record.size, stderr);
	fputc('\n', stderr);
	return FAULT;
}

/* As a master that needs no more: the worker leaves behind the request in hand. */
static int process_once(struct belfry_worker *worker, void *state,
			const struct belfry_request *request)
{
	const int code = real_process(worker, state, request);

	belfry_signals_ask_to_leave();
	return code;
}

int belfry_once_run(const struct belfry_module *module, char **arguments, uint32_t type)
{
	struct belfry_module once = *module;
	int status;

	if (!read_request(type))
		return REFUSED;
	real_process = once.process;
	once.process = process_once;
	status = belfry_module_run(&once, arguments);
	if (status == 0)
		return write_reply();
	fprintf(stderr, "belfry-host: the worker ended with exit status %d\n", status);
	return status;
}
