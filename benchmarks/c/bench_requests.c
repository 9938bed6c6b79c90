/*
 * The floor of requests there and back: a thread that writes requests into one ring of the SDK and
 * takes their copies out of another, some at a time, with both ends in C and both spinning.
 *
 *	bench_requests UNANSWERED SIZE RING_BYTES WARM_UP MEASURED MESSAGES CPU CPU
 */
#include "bench_way.h"
#include "bench_windows.h"
#include "pause.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARGUMENTS = 8, LOOKS_PER_CHECK = 1 << 20, MOST_BYTES = 4096 };

struct client {
	struct bench_windows windows;
	struct bench_way requests, replies;
	uint64_t unanswered, id;
	pid_t server;
};

static _Noreturn void refuse(const char *complaint)
{
	fprintf(stderr, "bench_requests: %s\n", complaint);
	exit(1);
}

static _Noreturn void serve(struct bench_way *requests, struct bench_way *replies)
{
	for (;;) {
		struct belfry_record record;
		const void *payload;

		if (belfry_ring_next(&requests->reader, &record, &payload) == -EAGAIN) {
			belfry_pause();
			continue;
		}
		while (!bench_way_put(replies, &record, payload))
			belfry_pause();
		belfry_ring_consume(&requests->reader);
		belfry_ring_look(&requests->reader);
	}
}

static bool send_one(struct client *client, uint64_t id)
{
	unsigned char data[MOST_BYTES];
	const struct belfry_record record = {.size = client->windows.size, .id = id};

	memcpy(data, &id, sizeof id);
	memcpy(data + record.size - sizeof id, &id, sizeof id);
	return bench_way_put(&client->requests, &record, data);
}

/* False when there is none. */
static bool take_one(struct client *client, uint64_t id)
{
	struct bench_way *replies = &client->replies;
	struct belfry_record record;
	const void *payload;
	uint64_t first, last;

	if (belfry_ring_next(&replies->reader, &record, &payload) == -EAGAIN)
		return false;
	memcpy(&first, payload, sizeof first);
	memcpy(&last, (const unsigned char *)payload + record.size - sizeof last, sizeof last);
	belfry_ring_consume(&replies->reader);
	if (record.size != client->windows.size || first != id || last != id)
		refuse("the reply isn't the request");
	return true;
}

static void exchange(void *context)
{
	struct client *client = context;
	const uint64_t end = client->id + client->windows.messages;
	uint64_t sent = client->id, taken = client->id;
	unsigned int idle = 0;

	while (taken < end) {
		const uint64_t before = sent + taken;

		while (sent < end && sent - taken < client->unanswered && send_one(client, sent))
			sent++;
		while (taken < sent && take_one(client, taken))
			taken++;
		if (sent + taken != before)
			continue;
		belfry_pause();
		if (++idle % LOOKS_PER_CHECK == 0 && waitpid(client->server, NULL, WNOHANG) != 0)
			refuse("the other side has ended");
	}
	client->id = end;
}

static void open_client(struct client *client)
{
	const uint32_t ring_bytes = client->windows.ring_bytes;
	const int fds[2] = {bench_way_memory(ring_bytes), bench_way_memory(ring_bytes)};
	const pid_t parent = getpid();

	client->server = fork();
	if (client->server < 0)
		bench_fail("fork");
	bench_way_open(&client->requests, fds[0], ring_bytes);
	bench_way_open(&client->replies, fds[1], ring_bytes);
	if (client->server != 0)
		return;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(127);
	bench_pin(client->windows.run.cpus + 1, 1);
	serve(&client->requests, &client->replies);
}

int main(int argc, char **argv)
{
	static struct client client;

	if (argc != ARGUMENTS + 1) {
		fprintf(stderr,
			"usage: %s UNANSWERED SIZE RING_BYTES WARM_UP MEASURED MESSAGES CPU CPU\n",
			argv[0]);
		return 2;
	}
	client.unanswered = (uint64_t)bench_parse("UNANSWERED", argv[1], 1, 1 << 20);
	client.windows = bench_windows_parse(argv + 2);
	if (!belfry_ring_bytes_valid(client.windows.ring_bytes) ||
	    client.windows.size > MOST_BYTES)
		refuse("no size of a ring, or the message is larger than 4096 bytes");
	open_client(&client);
	bench_pin(client.windows.run.cpus, 1);
	bench_windows_run(&client.windows, exchange, &client);
	kill(client.server, SIGKILL);
	waitpid(client.server, NULL, 0);
	return 0;
}
