/* See master.h. */
#include "master.h"

#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

static uint32_t page_bytes(void)
{
	return (uint32_t)sysconf(_SC_PAGESIZE);
}

static int shared_file(const char *name, uint32_t ring_bytes)
{
	const int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	CHECK(fd >= 0);
	CHECK(ftruncate(fd, (off_t)page_bytes() + ring_bytes) == 0);
	CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK) == 0);
	return fd;
}

static bool reply_there(void *context)
{
	struct master *master = context;

	return belfry_ring_has_next(&master->reader);
}

/* Asked while waiting, because a wait for a dead worker would last until ctest's timeout. */
bool master_is_alive(const struct master *master)
{
	siginfo_t end = {.si_pid = 0};

	return waitid(P_PID, (id_t)master->pid, &end, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       end.si_pid == 0;
}

static int wait_for_eventfd(void *context)
{
	struct master *master = context;
	struct pollfd doorbell = {.fd = master->doorbell_fd, .events = POLLIN};
	uint64_t rings;

	if (poll(&doorbell, 1, 1000) == 0) {
		CHECK(master_is_alive(master) || reply_there(master));
		return -EAGAIN;
	}
	return read(master->doorbell_fd, &rings, sizeof rings) == sizeof rings ? 0 : -EINTR;
}

static void describe_requests(struct master *master, enum belfry_doorbell doorbell,
			      uint64_t spin_nanos)
{
	struct belfry_requests *requests = master->requests;

	requests->magic = BELFRY_REQUESTS_MAGIC;
	requests->header_bytes = page_bytes();
	requests->ring_bytes = master->requests_map.ring_bytes;
	requests->doorbell = doorbell;
	requests->spin_nanos = spin_nanos;
	requests->pool = 1;
	requests->incarnation = 1;
	atomic_store_explicit(&requests->version, BELFRY_LAYOUT_VERSION, memory_order_release);
}

static void open_ends(struct master *master)
{
	struct belfry_ring_map *requests = &master->requests_map;
	struct belfry_ring_map *replies = &master->replies_map;

	belfry_ring_writer_init(&master->writer, requests->ring, requests->ring_bytes, 0);
	master->writer.published_tail = &master->requests->request_tail;
	master->writer.published_head = &master->request_head;
	belfry_ring_reader_init(&master->reader, replies->ring, replies->ring_bytes, 0);
	master->reader.published_tail = &master->replies->reply_tail;
	master->reader.published_head = &master->requests->reply_head;
	master->ringer = (struct belfry_ringer){
		.sleep = &master->replies->worker_sleep,
		.doorbell = (enum belfry_doorbell)master->requests->doorbell,
	};
	master->sleeper = (struct belfry_sleeper){
		.sleep = &master->requests->master_sleep,
		.doorbell = (enum belfry_doorbell)master->requests->doorbell,
		.spin_nanos = master->requests->spin_nanos,
		.context = master,
		.ready = reply_there,
		.wait = wait_for_eventfd,
		.wakes = &master->wakes,
		.signals = &master->signals,
		.rescues = &master->requests->master_rescues,
	};
}

void master_prepare(struct master *master, uint32_t ring_bytes, enum belfry_doorbell doorbell,
		    uint64_t spin_nanos)
{
	master_prepare_rings(master, ring_bytes, ring_bytes, doorbell, spin_nanos);
}

void master_prepare_rings(struct master *master, uint32_t ring_bytes, uint32_t reply_ring_bytes,
			  enum belfry_doorbell doorbell, uint64_t spin_nanos)
{
	int lifeline[2];

	memset(master, 0, sizeof *master);
	master->version = "2";
	master->block_usr1 = true;
	master->err = -1;
	master->next_id = 1;
	master->requests_fd = shared_file("requests", ring_bytes);
	master->replies_fd = shared_file("replies", reply_ring_bytes);
	CHECK(belfry_ring_map(&master->requests_map, master->requests_fd, page_bytes(), ring_bytes,
			      PROT_READ | PROT_WRITE) == 0);
	CHECK(belfry_ring_map(&master->replies_map, master->replies_fd, page_bytes(),
			      reply_ring_bytes, PROT_READ) == 0);
	/* From now on no process can map it for writing again. */
	CHECK(fcntl(master->requests_fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE) == 0);
	CHECK(fcntl(master->requests_fd, F_ADD_SEALS, F_SEAL_SEAL) == 0);
	CHECK(fcntl(master->replies_fd, F_ADD_SEALS, F_SEAL_SEAL) == 0);
	master->requests = master->requests_map.header;
	master->replies = master->replies_map.header;
	describe_requests(master, doorbell, spin_nanos);
	open_ends(master);

	master->doorbell_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	CHECK(master->doorbell_fd >= 0);
	CHECK(pipe2(lifeline, O_CLOEXEC) == 0);
	master->worker_lifeline_fd = lifeline[0];
	master->lifeline_fd = lifeline[1];
}

static void become_worker(struct master *master, char *const *command)
{
	int sources[] = {master->requests_fd, master->replies_fd, master->doorbell_fd,
			 master->worker_lifeline_fd};
	enum { COUNT = sizeof sources / sizeof *sources };
	sigset_t usr1;

	setpgid(0, 0);
	sigemptyset(&usr1);
	if (master->block_usr1)
		sigaddset(&usr1, SIGUSR1);
	sigprocmask(SIG_SETMASK, &usr1, NULL);
	for (int i = 0; i < master->early_usr1; i++)
		raise(SIGUSR1);
	if (master->err >= 0)
		dup2(master->err, STDERR_FILENO);
	for (int i = 0; i < COUNT; i++) /* out of the way of 3 to 6 first */
		sources[i] = fcntl(sources[i], F_DUPFD_CLOEXEC, 100);
	for (int i = 0; i < COUNT; i++)
		dup2(sources[i], BELFRY_REQUESTS_FD + i);
	unsetenv("BELFRY_VERSION");
	if (master->version != NULL)
		setenv("BELFRY_VERSION", master->version, 1);
	execv(command[0], command);
	_exit(127);
}

void master_start(struct master *master, char *const *command)
{
	master->pid = fork();
	CHECK(master->pid >= 0);
	if (master->pid == 0)
		become_worker(master, command);
	close(master->worker_lifeline_fd);
	master->worker_lifeline_fd = -1;
}

static bool is_in_state(const struct master *master, enum belfry_state state)
{
	return atomic_load_explicit(&master->replies->state, memory_order_acquire) == state;
}

/* A worker rings at each state, so the bell is enough to wait for; it may follow the state. */
void master_await_state(struct master *master, enum belfry_state state)
{
	while (!is_in_state(master, state)) {
		if (wait_for_eventfd(master) == 0)
			continue;
		CHECK(master_is_alive(master));
		CHECK(!is_in_state(master, state) || wait_for_eventfd(master) == 0);
	}
}

static void ring_worker(struct master *master)
{
	if (master->pid > 0 && belfry_ringer_must_ring(&master->ringer))
		kill(master->pid, SIGUSR1);
}

int master_offer(struct master *master, uint32_t type, uint32_t attempt, const void *data,
		 size_t size)
{
	const struct belfry_record record = {
		.size = (uint32_t)size,
		.type = type,
		.id = master->next_id,
		.attempt = attempt,
	};
	const int result = belfry_ring_claim(&master->writer, size);

	if (result < 0)
		return result;
	if (size > 0)
		memcpy(belfry_ring_payload(&master->writer), data, size);
	belfry_ring_publish(&master->writer, &record);
	master->next_id++;
	ring_worker(master);
	return 0;
}

uint64_t master_send(struct master *master, const char *text)
{
	CHECK(master_offer(master, 0, 1, text, strlen(text)) == 0);
	return master->next_id - 1;
}

bool master_withdraw(struct master *master, uint64_t start, uint32_t bits)
{
	unsigned char *record = master->requests_map.ring +
				(start & (master->requests_map.ring_bytes - 1));
	void *withdrawn = record + offsetof(struct belfry_record, withdrawn);

	atomic_store_explicit((_Atomic uint32_t *)withdrawn, bits, memory_order_relaxed);
	/* Pairs with the worker's, between its store of in_hand and its load of `withdrawn`. */
	atomic_thread_fence(memory_order_seq_cst);
	return atomic_load_explicit(&master->replies->in_hand, memory_order_relaxed) <= start;
}

bool master_has_reply(struct master *master)
{
	return reply_there(master);
}

void master_await_reply(struct master *master)
{
	belfry_sleeper_wait(&master->sleeper, belfry_clock_nanos());
}

struct reply master_receive(struct master *master)
{
	struct reply reply;
	const void *data;

	master_await_reply(master);
	CHECK(belfry_ring_next(&master->reader, &reply.record, &data) == 0);
	CHECK(reply.record.id == master->received + 1);
	master->received++;
	reply.data = data;
	return reply;
}

/* Frees the request's space as a pool does: its record is the oldest unanswered one. */
void master_release(struct master *master, const struct reply *reply)
{
	const uint64_t head = atomic_load_explicit(&master->request_head, memory_order_relaxed);
	const uint64_t offset = head & (master->requests_map.ring_bytes - 1);
	struct belfry_record request;

	memcpy(&request, master->requests_map.ring + offset, sizeof request);
	CHECK(request.id == reply->record.id && request.type == reply->record.type);
	atomic_store_explicit(&master->request_head, head + BELFRY_RECORD_BYTES(request.size),
			      memory_order_relaxed);
	belfry_ring_consume(&master->reader);
	ring_worker(master);
}

void master_expect(struct master *master, const char *text)
{
	struct reply reply = master_receive(master);

	if (reply.record.code != 0 || reply.record.size != strlen(text) ||
	    memcmp(reply.data, text, reply.record.size) != 0) {
		fprintf(stderr, "not '%s' but code %u and '%.*s'\n", text, reply.record.code,
			(int)reply.record.size, reply.data);
		exit(1);
	}
	master_release(master, &reply);
}

void master_cut_lifeline(struct master *master)
{
	close(master->lifeline_fd);
	master->lifeline_fd = -1;
}

int master_wait(struct master *master)
{
	int status;

	CHECK(waitpid(master->pid, &status, 0) == master->pid);
	return status;
}

void master_close(struct master *master)
{
	CHECK(atomic_load(&master->replies->rescues) == 0);
	CHECK(atomic_load(&master->requests->master_rescues) == 0);
	belfry_ring_unmap(&master->requests_map);
	belfry_ring_unmap(&master->replies_map);
	close(master->requests_fd);
	close(master->replies_fd);
	close(master->doorbell_fd);
	if (master->lifeline_fd >= 0)
		master_cut_lifeline(master);
}

int master_finish(struct master *master)
{
	const int status = master_wait(master);

	master_close(master);
	return status;
}

void master_stop(struct master *master)
{
	int status;

	CHECK(kill(master->pid, SIGTERM) == 0);
	status = master_finish(master);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
