/* Requests that the master takes back, before and after their worker has begun them. */
#include "check.h"
#include "worker_start.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

static void await_stop(const struct master *master)
{
	int status;

	CHECK(waitpid(master->pid, &status, WUNTRACED) == master->pid && WIFSTOPPED(status));
}

static void expect_skipped(struct master *master)
{
	struct reply reply = master_receive(master);

	CHECK(reply.record.flags == BELFRY_SKIPPED);
	CHECK(reply.record.size == 0 && reply.record.code == 0);
	master_release(master, &reply);
}

/* The worker is stopped until the second and the fourth of five are withdrawn. */
static void a_withdrawn_request_is_skipped(enum belfry_doorbell doorbell)
{
	struct master master;
	uint64_t starts[5];

	master_prepare(&master, RING_BYTES, doorbell, 0);
	master_start(&master, (char *[]){crash, NULL});
	master_await_state(&master, BELFRY_READY);
	CHECK(kill(master.pid, SIGSTOP) == 0);
	await_stop(&master);
	for (int i = 0; i < 5; i++) {
		starts[i] = master.writer.tail;
		master_send(&master, "attempt");
	}
	CHECK(master_withdraw(&master, starts[1], BELFRY_SKIP));
	CHECK(master_withdraw(&master, starts[3], BELFRY_SKIP));
	CHECK(kill(master.pid, SIGCONT) == 0);
	master_expect(&master, "1");
	expect_skipped(&master);
	master_expect(&master, "1");
	expect_skipped(&master);
	master_expect(&master, "1");
	CHECK(!master_withdraw(&master, starts[4], BELFRY_SKIP)); /* it was begun */
	CHECK(master.replies->answered == 3 && master.replies->skips == 2);
	master_stop(&master);
}

static void a_withdrawn_request_is_skipped_in_each_mode(void)
{
	a_withdrawn_request_is_skipped(BELFRY_ADAPTIVE);
	a_withdrawn_request_is_skipped(BELFRY_ALWAYS);
	a_withdrawn_request_is_skipped(BELFRY_SPIN);
}

/* Withdraws a request that stops its worker until then. */
static void withdraw_begun(struct master *master, const char *request, uint32_t bits)
{
	const uint64_t start_cursor = master->writer.tail;

	master_send(master, request);
	await_stop(master);
	CHECK(!master_withdraw(master, start_cursor, bits));
	CHECK(kill(master->pid, SIGCONT) == 0);
	master_expect(master, "ok");
}

static void a_request_in_hand_is_abandoned_only_by_that_bit(void)
{
	struct master master;

	start_rules(&master, NULL);
	withdraw_begun(&master, "abandoned", BELFRY_SKIP | BELFRY_ABANDONED);
	withdraw_begun(&master, "abandoned", BELFRY_ABANDONED);
	withdraw_begun(&master, "moved", BELFRY_SKIP);
	master_stop(&master);
}

/* Each bit of what the master writes where a record was is set. */
static void a_thread_that_asks_is_told_of_the_request_in_hand(void)
{
	const int count = TIMES(100000);
	unsigned char ones[800];
	struct master master;

	memset(ones, 0xff, sizeof ones);
	start_rules(&master, NULL);
	master_send(&master, "watch");
	master_expect(&master, "ok");
	for (int sent = 0, received = 0; received < count;) {
		struct reply reply;

		while (sent < count && master_offer(&master, 0, 1, ones, (size_t)sent % sizeof ones) == 0)
			sent++;
		reply = master_receive(&master);
		CHECK(reply.record.code == 99);
		master_release(&master, &reply);
		received++;
	}
	master_send(&master, "end-watch");
	master_expect(&master, "ok");
	master_stop(&master);
}

int main(int argc, char **argv)
{
	parse_programs(argc, argv);
	RUN(a_withdrawn_request_is_skipped_in_each_mode);
	RUN(a_request_in_hand_is_abandoned_only_by_that_bit);
	RUN(a_thread_that_asks_is_told_of_the_request_in_hand);
	return 0;
}
