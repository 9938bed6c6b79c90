/* Requests and replies of real workers, from the master's side. */
#include "check.h"
#include "emulated.h"
#include "worker_start.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void expect_code(struct master *master, uint32_t code, const char *detail)
{
	struct reply reply = master_receive(master);

	CHECK(reply.record.code == code && reply.record.size == strlen(detail));
	CHECK(memcmp(reply.data, detail, reply.record.size) == 0);
	master_release(master, &reply);
}

static void round_trips(enum belfry_doorbell doorbell, uint64_t spin_nanos)
{
	struct master master;

	master_prepare(&master, RING_BYTES, doorbell, spin_nanos);
	start(&master, "echo");
	master_await_state(&master, BELFRY_READY);
	CHECK(master.replies->magic == BELFRY_REPLIES_MAGIC);
	CHECK(master.replies->version == BELFRY_LAYOUT_VERSION);
	CHECK(master.replies->ring_bytes == RING_BYTES && master.replies->incarnation == 1);
	CHECK(master.replies->pid == (uint32_t)master.pid);
	for (int i = 0; i < TIMES(2000); i++) {
		char text[32];

		snprintf(text, sizeof text, "message %d", i);
		master_send(&master, text);
		master_expect(&master, text);
		CHECK(master.replies->in_hand == master.writer.tail);
		CHECK(master.replies->answered == (uint64_t)i + 1);
	}
	CHECK(master.replies->faults == 0);
	master_stop(&master);
}

static void echo_replies_the_request(void)
{
	round_trips(BELFRY_ADAPTIVE, 0);
}

static void echo_replies_after_a_spin(void)
{
	round_trips(BELFRY_ADAPTIVE, 20000);
}

static void echo_replies_with_a_signal_for_each(void)
{
	round_trips(BELFRY_ALWAYS, 0);
}

static void echo_replies_without_any_sleep(void)
{
	round_trips(BELFRY_SPIN, 0);
}

static void upper_replies_in_upper_case(void)
{
	struct master master;

	start_ready(&master, "upper");
	master_send(&master, "Hello, {world} @`z`!");
	master_expect(&master, "HELLO, {WORLD} @`Z`!");
	master_send(&master, "");
	master_expect(&master, "");
	master_stop(&master);
}

static void a_reply_has_its_requests_type(void)
{
	struct master master;
	struct reply reply;

	start_ready(&master, "echo");
	CHECK(master_offer(&master, 12345, 1, "x", 1) == 0);
	reply = master_receive(&master);
	CHECK(reply.record.type == 12345 && reply.record.flags == 0);
	master_release(&master, &reply);
	master_stop(&master);
}

static void a_code_is_a_fault_with_detail(void)
{
	struct master master;

	start_crash(&master);
	master_send(&master, "fault 7 no such row");
	expect_code(&master, 7, "no such row");
	master_send(&master, "none");
	master_expect(&master, "");
	master_send(&master, "claim");
	master_expect(&master, "");
	CHECK(master.replies->answered == 3 && master.replies->faults == 1);
	master_stop(&master);
}

static void a_later_attempt_is_told_so(void)
{
	struct master master;

	start_crash(&master);
	CHECK(master_offer(&master, 0, 3, "attempt", 7) == 0);
	master_expect(&master, "3");
	CHECK(master_offer(&master, 0, 2, "crash-once again", 16) == 0);
	master_expect(&master, "again");
	master_stop(&master);
}

/* How a pool learns which request to blame. */
static void a_crash_leaves_its_request_in_hand(void)
{
	struct master master;
	uint64_t end;
	int status;

	start_crash(&master);
	master_send(&master, "fine");
	master_send(&master, "crash-once now");
	end = master.writer.tail;
	master_send(&master, "never seen");
	status = master_wait(&master);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	CHECK(master.replies->in_hand == end);
	master_expect(&master, "fine");
	CHECK(!master_has_reply(&master));
	master_close(&master);
}

static int64_t busy_word(const struct master *master)
{
	return (int64_t)atomic_load(&master->replies->busy_nanos);
}

static void it_is_busy_from_its_wake_up_until_it_waits_again(void)
{
	enum { SLEEP_NANOS = 20000000 };
	const int64_t begin_nanos = (int64_t)belfry_clock_nanos();
	struct master master;
	int64_t word, now_nanos;

	start_crash(&master);
	await_sleep(&master);
	master_send(&master, "sleep 20");
	await_in_hand(&master);
	word = busy_word(&master);
	now_nanos = (int64_t)belfry_clock_nanos();
	CHECK(word < 0 && now_nanos + word >= 0 && now_nanos + word <= now_nanos - begin_nanos);
	master_expect(&master, "");
	while ((word = busy_word(&master)) < 0)
		sched_yield();
	now_nanos = (int64_t)belfry_clock_nanos();
	CHECK(word >= SLEEP_NANOS && word <= now_nanos - begin_nanos);
	master_stop(&master);
}

static void what_is_killed_leaves_since_when_it_was_busy(void)
{
	struct master master;

	start_crash(&master);
	master_send(&master, "sleep 1000000");
	await_in_hand(&master);
	kill(master.pid, SIGKILL);
	CHECK(WIFSIGNALED(master_wait(&master)) && busy_word(&master) < 0);
	master_close(&master);
}

static void a_full_ring_of_replies_waits_for_the_master(void)
{
	enum { COUNT = 100 };
	struct master master;

	start_rules(&master, NULL);
	for (int i = 0; i < COUNT; i++)
		master_send(&master, "large");
	for (uint64_t i = 1; i <= COUNT; i++) {
		if (i < COUNT) {
			await_no_room(&master, i);
		}
		expect_large(&master);
	}
	master_stop(&master);
}

static void the_ring_of_replies_may_be_smaller(void)
{
	static char text[100000];
	struct master master;

	memset(text, 'x', sizeof text - 1);
	master_prepare_rings(&master, 4 * RING_BYTES, RING_BYTES, BELFRY_ADAPTIVE, 0);
	start(&master, "echo");
	master_await_state(&master, BELFRY_READY);
	CHECK(master.replies->ring_bytes == RING_BYTES);
	master_send(&master, text);
	expect_code(&master, EMSGSIZE, "");
	text[RING_BYTES - BELFRY_RING_RESERVE] = '\0';
	master_send(&master, text);
	master_expect(&master, text);
	master_stop(&master);
}

/* Six replies, which that of the requests would not have room for. */
static void the_ring_of_replies_may_be_larger(void)
{
	struct master master;

	master_prepare_rings(&master, RING_BYTES, 4 * RING_BYTES, BELFRY_ADAPTIVE, 0);
	master_start(&master, (char *[]){rules, NULL});
	master_await_state(&master, BELFRY_READY);
	CHECK(master.replies->ring_bytes == 4 * RING_BYTES);
	for (int i = 0; i < 6; i++)
		master_send(&master, "large");
	while (atomic_load(&master.replies->answered) != 6)
		sched_yield();
	for (int i = 0; i < 6; i++)
		expect_large(&master);
	master_stop(&master);
}

/* A rule of worker.h, tried by sdk_rules. */
static void try_rule(const char *request)
{
	struct master master;

	printf("  %s\n", request);
	start_rules(&master, NULL);
	master_send(&master, request);
	master_expect(&master, "ok");
	master_stop(&master);
}

static void the_rules_of_worker_h_hold(void)
{
	try_rule("too-large");
	try_rule("second-reply");
	try_rule("wrong-commit");
	try_rule("claim-twice");
	try_rule("fork");
	try_rule("write-request");
	try_rule("descriptors");
}

static void rings_are_left_out_of_core_dumps_unless_wanted(void)
{
	try_rule("dumps");
	CHECK(setenv("BELFRY_DUMP_RINGS", "1", 1) == 0);
	try_rule("dumps");
	CHECK(unsetenv("BELFRY_DUMP_RINGS") == 0);
}

/* Each breaks a rule, and the ring's reader refuses the record or the record is a wrong one. */
static void crash_corrupts_what_it_is_told(void)
{
	static const struct {
		const char *request;
		int result;
	} lies[] = {
		{"corrupt tail", -EPROTO},
		{"corrupt back", -EPROTO},
		{"corrupt misaligned", -EPROTO},
		{"corrupt short", -EPROTO},
		{"corrupt size", -EPROTO},
		{"corrupt huge", -EPROTO},
		{"corrupt id", 0},
		{"corrupt type", 0},
		{"corrupt twice", 0},
		{"corrupt early", 0},
	};

	for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
		struct master master;
		struct belfry_record record;
		const void *data;

		printf("  %s\n", lies[i].request);
		start_crash(&master);
		master_send(&master, "fine");
		master_expect(&master, "fine");
		master_send(&master, lies[i].request);
		master_await_reply(&master);
		CHECK(belfry_ring_next(&master.reader, &record, &data) == lies[i].result);
		kill(master.pid, SIGKILL);
		CHECK(WIFSIGNALED(master_finish(&master)));
	}
}

/* What it writes to standard error until its end, which has the exit status 1. */
static void close_descriptors(const char *request, char *text, size_t size)
{
	struct master master;
	int status, err[2];
	ssize_t got;

	printf("  %s\n", request);
	CHECK(pipe2(err, O_CLOEXEC) == 0);
	master_prepare(&master, RING_BYTES, BELFRY_ALWAYS, 0);
	master.err = err[1];
	master_start(&master, (char *[]){crash, NULL});
	close(err[1]);
	master_await_state(&master, BELFRY_READY);
	master_send(&master, request);
	master_send(&master, "never seen");
	status = master_wait(&master); /* 99: a file was written to */
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	got = read(err[0], text, size - 1);
	CHECK(got >= 0 && read(err[0], text + got, 1) == 0 && close(err[0]) == 0);
	text[got] = '\0';
	master_expect(&master, ""); /* its reply was published before */
	CHECK(!master_has_reply(&master));
	master_close(&master);
}

static void a_closed_doorbell_ends_it_and_no_other_file_is_rung(void)
{
	static const char *const requests[] = {"close 3 eventfds", "close 3 files",
					       "close 0 eventfds", "close 0 files"};
	char text[1024];

	for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
		close_descriptors(requests[i], text, sizeof text);
		/* Standard error is another file after "close 0". */
		CHECK(strchr(requests[i], '0') != NULL
			      ? text[0] == '\0'
			      : strstr(text, ": descriptor 5, the doorbell to the master, was ") !=
					NULL);
	}
}

int main(int argc, char **argv)
{
	parse_programs(argc, argv);
	RUN(echo_replies_the_request);
	RUN(echo_replies_after_a_spin);
	RUN(echo_replies_with_a_signal_for_each);
	RUN(echo_replies_without_any_sleep);
	RUN(upper_replies_in_upper_case);
	RUN(a_reply_has_its_requests_type);
	RUN(a_code_is_a_fault_with_detail);
	RUN(a_later_attempt_is_told_so);
	RUN(a_crash_leaves_its_request_in_hand);
	RUN(it_is_busy_from_its_wake_up_until_it_waits_again);
	RUN(what_is_killed_leaves_since_when_it_was_busy);
	RUN(a_full_ring_of_replies_waits_for_the_master);
	RUN(the_ring_of_replies_may_be_smaller);
	RUN(the_ring_of_replies_may_be_larger);
	RUN(the_rules_of_worker_h_hold);
	RUN_UNLESS_EMULATED(rings_are_left_out_of_core_dumps_unless_wanted, "MADV_DONTDUMP");
	RUN(a_closed_doorbell_ends_it_and_no_other_file_is_rung);
	RUN(crash_corrupts_what_it_is_told);
	return 0;
}
