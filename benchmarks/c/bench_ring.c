/*
 * The floor of the throughput benchmark: the SDK's ring with both of its ends in C, one writer and
 * a process for each reader. A reader publishes its cursor after each record, and no replies.
 */
#include "bench_source.h"
#include "bench_way.h"
#include "bench_windows.h"
#include "pause.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_READERS = 64, PAUSES_PER_YIELD = 100, DATA = 0, END = 1 };

struct lane {
	struct bench_way way;
	uint64_t id;
	pid_t reader;
};

struct sender {
	struct bench_windows windows;
	unsigned char *source;
	size_t offset, readers, next;
	struct lane lanes[MOST_READERS];
};

static _Noreturn void refuse(const char *complaint)
{
	fprintf(stderr, "bench_ring: %s\n", complaint);
	exit(1);
}

/* As a worker in SPIN does: there may be more readers than processors. */
static bool wait_a_little(unsigned int *pauses)
{
	belfry_pause();
	if (++*pauses % PAUSES_PER_YIELD != 0)
		return false;
	sched_yield();
	return true;
}

static _Noreturn void read_all(const struct bench_windows *windows, int fd, pid_t parent)
{
	struct bench_way way;
	struct belfry_record record = {.type = DATA};
	uint64_t sum = 0, expected_id = 1;
	unsigned int pauses = 0;

	bench_way_open(&way, fd, windows->ring_bytes);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(127);
	bench_pin(windows->run.cpus + 1, 1);
	while (record.type != END) {
		const void *payload;
		const int result = belfry_ring_next(&way.reader, &record, &payload);

		if (result == -EAGAIN) {
			wait_a_little(&pauses);
			continue;
		}
		if (result < 0 || record.id != expected_id++)
			_exit(1);
		sum += bench_sum(payload, record.size);
		belfry_ring_consume(&way.reader);
		belfry_ring_look(&way.reader);
	}
	way.cursors->sum = sum;
	_exit(0);
}

static void open_lane(const struct bench_windows *windows, struct lane *lane)
{
	const pid_t parent = getpid();
	const int fd = bench_way_memory(windows->ring_bytes);

	bench_way_open(&lane->way, fd, windows->ring_bytes);
	lane->reader = fork();
	if (lane->reader < 0)
		bench_fail("fork");
	if (lane->reader == 0)
		read_all(windows, fd, parent);
	close(fd);
}

static void send_message(struct lane *lane, uint32_t type, const unsigned char *data, uint32_t size)
{
	const struct belfry_record record = {.size = size, .type = type, .id = ++lane->id};
	unsigned int pauses = 0;
	int result;

	while ((result = belfry_ring_claim(&lane->way.writer, size)) == -EAGAIN)
		if (wait_a_little(&pauses) && waitpid(lane->reader, NULL, WNOHANG) != 0)
			refuse("a reader has ended");
	if (result < 0)
		refuse("a reader broke a rule of the ring");
	if (size > 0)
		memcpy(belfry_ring_payload(&lane->way.writer), data, size);
	belfry_ring_publish(&lane->way.writer, &record);
}

static void send_window(void *context)
{
	struct sender *sender = context;
	const uint32_t size = sender->windows.size;

	for (size_t i = 0; i < sender->windows.messages; i++) {
		send_message(&sender->lanes[sender->next], DATA, sender->source + sender->offset,
			     size);
		sender->offset = bench_source_next(sender->offset, size);
		if (++sender->next == sender->readers)
			sender->next = 0;
	}
}

/* Waits for the reader's sum. */
static uint64_t end_lane(struct lane *lane)
{
	uint64_t sum;
	int status;

	send_message(lane, END, NULL, 0);
	if (waitpid(lane->reader, &status, 0) < 0)
		bench_fail("waitpid");
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		refuse("a reader has failed");
	sum = lane->way.cursors->sum;
	belfry_ring_unmap(&lane->way.map);
	return sum;
}

int main(int argc, char **argv)
{
	static struct sender sender;
	uint64_t messages, sum = 0;

	if (argc != 9) {
		fprintf(stderr,
			"usage: %s READERS SIZE RING_BYTES WARM_UP MEASURED MESSAGES CPU CPU\n",
			argv[0]);
		return 2;
	}
	sender.readers = (size_t)bench_parse("READERS", argv[1], 1, MOST_READERS);
	sender.windows = bench_windows_parse(argv + 2);
	if (!belfry_ring_bytes_valid(sender.windows.ring_bytes) ||
	    sender.windows.size > belfry_ring_max_size(sender.windows.ring_bytes))
		refuse("no size of a ring, or the message is larger");
	sender.source = malloc(BENCH_SOURCE_BYTES);
	if (sender.source == NULL)
		bench_fail("malloc");
	bench_source_fill(sender.source);
	for (size_t i = 0; i < sender.readers; i++)
		open_lane(&sender.windows, &sender.lanes[i]);
	bench_pin(sender.windows.run.cpus, 1);

	messages = bench_windows_run(&sender.windows, send_window, &sender);
	for (size_t i = 0; i < sender.readers; i++)
		sum += end_lane(&sender.lanes[i]);
	if (sum != bench_source_sum(sender.source, messages, sender.windows.size))
		refuse("the readers read something else");
	free(sender.source);
	return 0;
}
