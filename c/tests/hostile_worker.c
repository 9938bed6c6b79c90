/*
 * hostile_worker LOG: a worker that attacks the memory that it shares with its master. Before it
 * attaches it tries all that the seals of both files have to refuse, and writes to LOG a line for
 * each attempt that wasn't refused, and then the number of attempts. A request is a verb and its
 * arguments:
 *
 *	flip WORD BIT FILE   appends the time in nanoseconds to FILE, then flips that bit of its
 *	                     header without ringing. Of reply_tail: pauses; else an empty reply
 *	zero FILE            appends the time to FILE, punches holes into its replies; pauses
 *	silent               once the master sleeps, an empty reply without ringing; pauses
 *	scribble WHERE SEED  from now on a thread writes random words: into `all` that the worker
 *	                     may write, into the `header` but for reply_tail, or into reply_tail,
 *	                     `tails` that may be right, with as many answers counted. An empty
 *	                     reply
 *
 * The reply to anything else is the request.
 */
#include "random.h"
#include "worker_state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <time.h>
#include <unistd.h>

enum { TEXT_BYTES = 1024, FILE_BYTES = 512 };

static size_t page_bytes;
static int replies_fd;

/* ---- Before it attaches: attempts that have to be refused */

static long shorten(int fd)
{
	return ftruncate(fd, (off_t)page_bytes);
}

static long lengthen(int fd)
{
	return ftruncate(fd, 1 << 30);
}

static long allocate_beyond(int fd)
{
	return fallocate(fd, 0, 1 << 29, 1 << 16);
}

static long unseal(int fd)
{
	return fcntl(fd, F_ADD_SEALS, 0);
}

static long seal_writing(int fd)
{
	return fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE);
}

/* Opens the same file again, which /proc allows to a process that has a descriptor of it. */
static int open_again(int fd, int flags)
{
	char name[32];

	snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
	return open(name, flags | O_CLOEXEC);
}

static long open_to_empty(int fd)
{
	return open_again(fd, O_RDWR | O_TRUNC);
}

static long punch(int fd)
{
	return fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 1 << 16);
}

static long write_at_0(int fd)
{
	return pwrite(fd, "nonsense", 8, 0);
}

static long write_by_another(int fd)
{
	const int again = open_again(fd, O_RDWR);

	return again < 0 ? -1 : pwrite(again, "nonsense", 8, 0);
}

static long send_into(int fd)
{
	const int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	return sendfile(fd, from, NULL, 64);
}

static long map_to_write(int fd, int flags)
{
	return mmap(NULL, page_bytes, PROT_READ | PROT_WRITE, flags, fd, 0) == MAP_FAILED ? -1 : 0;
}

static long map_shared(int fd)
{
	return map_to_write(fd, MAP_SHARED);
}

static long map_by_another(int fd)
{
	const int again = open_again(fd, O_RDWR);

	return again < 0 ? -1 : map_to_write(again, MAP_SHARED);
}

static void *map_to_read(int fd)
{
	return mmap(NULL, page_bytes, PROT_READ, MAP_SHARED, fd, 0);
}

static long protect_to_write(int fd)
{
	return mprotect(map_to_read(fd), page_bytes, PROT_READ | PROT_WRITE);
}

static long remove_pages(int fd)
{
	return madvise(map_to_read(fd), page_bytes, MADV_REMOVE);
}

/* Writes to a read-only page as a debugger does. */
static long write_by_proc_mem(int fd)
{
	const int memory = open("/proc/self/mem", O_RDWR | O_CLOEXEC);

	return memory < 0 ? -1 : pwrite(memory, "nonsense", 8, (off_t)(uintptr_t)map_to_read(fd));
}

struct attempt {
	const char *what;
	long (*act)(int fd);
};

static int try_all(FILE *log, const char *file, int fd, const struct attempt *attempts, int count)
{
	for (int i = 0; i < count; i++) {
		if (attempts[i].act(fd) >= 0)
			fprintf(log, "%s of the %s was not refused\n", attempts[i].what, file);
	}
	return count;
}

static void try_what_seals_refuse(const char *log_file)
{
	static const struct attempt both[] = {
		{"shorten", shorten},
		{"lengthen", lengthen},
		{"allocate beyond", allocate_beyond},
		{"unseal", unseal},
		{"seal writing", seal_writing},
		{"open to empty", open_to_empty},
	};
	static const struct attempt requests_only[] = {
		{"punch", punch},
		{"write", write_at_0},
		{"write by another descriptor", write_by_another},
		{"send into", send_into},
		{"map shared", map_shared},
		{"map by another descriptor", map_by_another},
		{"mprotect", protect_to_write},
		{"remove pages", remove_pages},
		{"write by /proc/self/mem", write_by_proc_mem},
	};
	const int in_both = sizeof both / sizeof *both;
	FILE *log = fopen(log_file, "ae");
	int tried = 0;

	if (log == NULL)
		exit(3);
	tried += try_all(log, "requests", BELFRY_REQUESTS_FD, both, in_both);
	tried += try_all(log, "replies", BELFRY_REPLIES_FD, both, in_both);
	tried += try_all(log, "requests", BELFRY_REQUESTS_FD, requests_only,
			 sizeof requests_only / sizeof *requests_only);
	fprintf(log, "tried %d\n", tried);
	fclose(log);
}

/* ---- As a worker */

static void note_time(const char *file)
{
	const int fd = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || dprintf(fd, "%" PRIu64 "\n", belfry_clock_nanos()) < 0)
		perror(file);
	close(fd);
}

static _Noreturn void pause_for_ever(void)
{
	for (;;)
		pause();
}

static int flip(struct belfry_worker *worker, unsigned int word, unsigned int bit, const char *file)
{
	unsigned char *header = (unsigned char *)worker->replies;

	note_time(file);
	header[word + bit / 8] ^= (unsigned char)(1U << bit % 8);
	if (word == offsetof(struct belfry_replies, reply_tail))
		pause_for_ever();
	return 0;
}

static void punch_replies(off_t from, off_t to)
{
	if (fallocate(replies_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, from, to - from) < 0)
		perror("punch");
}

/* All but the word that says which request to blame, because it may be killed from now on. */
static _Noreturn void zero(const char *file)
{
	const off_t in_hand = offsetof(struct belfry_replies, in_hand);

	note_time(file);
	punch_replies(0, in_hand);
	punch_replies(in_hand + (off_t)sizeof(uint64_t), 1 << 30);
	pause_for_ever();
}

static void await_sleeping_master(const struct belfry_worker *worker)
{
	const struct timespec while_it_looks_again = {.tv_nsec = 500000000};
	uint64_t before;
	uint64_t sleep = 0;

	do {
		before = sleep;
		nanosleep(&while_it_looks_again, NULL);
		sleep = atomic_load(&worker->requests->master_sleep);
	} while (sleep % 2 == 0 || sleep != before);
}

static _Noreturn void reply_in_silence(struct belfry_worker *worker,
				       const struct belfry_request *request)
{
	const struct belfry_record record = {.type = request->type, .id = request->id};

	await_sleeping_master(worker);
	belfry_ring_claim(&worker->writer, 0);
	belfry_count(&worker->replies->answered, 1);
	belfry_ring_publish(&worker->writer, &record);
	pause_for_ever();
}

static void pause_a_moment(void)
{
	const struct timespec moment = {.tv_nsec = 50000};

	nanosleep(&moment, NULL);
}

static _Noreturn void *scribble_all(void *argument)
{
	struct belfry_worker *worker = argument;
	_Atomic uint64_t *words = worker->replies_map.header;
	const uint32_t count = (uint32_t)(page_bytes + worker->replies_map.ring_bytes) / 8;

	for (;;)
		atomic_store_explicit(&words[random_below(count)], random_next(),
				      memory_order_relaxed);
}

static _Noreturn void *scribble_header(void *argument)
{
	struct belfry_worker *worker = argument;
	_Atomic uint64_t *words = worker->replies_map.header;

	for (;;) {
		const uint32_t word = random_below(sizeof(struct belfry_replies) / 8);

		if (word != offsetof(struct belfry_replies, reply_tail) / 8)
			atomic_store(&words[word], random_next());
		pause_a_moment();
	}
}

static _Noreturn void *scribble_tails(void *argument)
{
	struct belfry_worker *worker = argument;

	for (;;) {
		const uint64_t tail = worker->writer.tail + 24 + 8 * (uint64_t)random_below(100);

		atomic_store(&worker->replies->reply_tail, tail);
		atomic_store(&worker->replies->answered, random_next() >> 1);
	}
}

static int scribble(struct belfry_worker *worker, const char *where)
{
	pthread_t thread;

	return pthread_create(&thread, NULL,
			      strcmp(where, "header") == 0  ? scribble_header
			      : strcmp(where, "tails") == 0 ? scribble_tails
							    : scribble_all,
			      worker);
}

static int process(struct belfry_worker *worker, void *state, const struct belfry_request *request)
{
	const size_t size = request->size < TEXT_BYTES ? request->size : TEXT_BYTES - 1;
	char text[TEXT_BYTES] = "";
	char file[FILE_BYTES];
	char where[16];
	unsigned int word, bit;

	(void)state;
	if (size > 0)
		memcpy(text, request->data, size);
	if (sscanf(text, "flip %u %u %511s", &word, &bit, file) == 3)
		return flip(worker, word, bit, file);
	if (sscanf(text, "scribble %15s %" SCNu64, where, &random_state) == 2)
		return scribble(worker, where);
	if (sscanf(text, "zero %511s", file) == 1)
		zero(file);
	if (strcmp(text, "silent") == 0)
		reply_in_silence(worker, request);
	return -belfry_reply(worker, request->data, request->size);
}

int main(int argc, char **argv)
{
	static const struct belfry_module module = BELFRY_MODULE(.process = process);

	page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	if (argc > 1)
		try_what_seals_refuse(argv[1]);
	replies_fd = fcntl(BELFRY_REPLIES_FD, F_DUPFD_CLOEXEC, 10);
	return belfry_worker_run(&module);
}
