/* How a worker begins and how it ends, from the master's side. */
#include "check.h"
#include "worker_start.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a worker writes to standard error until it ends, and its exit status. */
static int run_to_end(struct master *master, const char *program, char *text, size_t size)
{
	size_t filled = 0;
	ssize_t got;
	int status, err[2];

	CHECK(pipe2(err, O_CLOEXEC) == 0);
	master->err = err[1];
	start(master, program);
	close(err[1]);
	while ((got = read(err[0], text + filled, size - 1 - filled)) > 0)
		filled += (size_t)got;
	text[filled] = '\0';
	close(err[0]);
	status = master_finish(master);
	CHECK(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static bool is_one_line(const char *text)
{
	const char *newline = strchr(text, '\n');

	return newline != NULL && newline[1] == '\0';
}

static void by_hand_it_says_who_has_to_start_it(void)
{
	struct master master;
	char text[1024];

	master_prepare(&master, RING_BYTES, BELFRY_ADAPTIVE, 0);
	master.version = NULL;
	CHECK(run_to_end(&master, "echo", text, sizeof text) == 2);
	CHECK(strcmp(text, "echo: this is a worker of a Belfry pool: a master has to start it "
			   "(WorkerPool), it can't be run by hand\n") == 0);
}

static void another_version_names_both(void)
{
	struct master master;
	char text[1024];

	master_prepare(&master, RING_BYTES, BELFRY_ADAPTIVE, 0);
	master.version = "1";
	CHECK(run_to_end(&master, "echo", text, sizeof text) == 2);
	CHECK(is_one_line(text) && strstr(text, "version 1") && strstr(text, "worker's 2"));

	master_prepare(&master, RING_BYTES, BELFRY_ADAPTIVE, 0);
	master.requests->version = 77;
	CHECK(run_to_end(&master, "echo", text, sizeof text) == 2);
	CHECK(is_one_line(text) && strstr(text, "version 77") && strstr(text, "worker's 2"));
}

static void a_header_that_is_none_is_refused(void)
{
	struct master master;
	char text[1024];

	for (int wrong = 0; wrong < 5; wrong++) {
		master_prepare(&master, RING_BYTES, BELFRY_ADAPTIVE, 0);
		switch (wrong) {
		case 0:
			master.requests->magic = BELFRY_REPLIES_MAGIC;
			break;
		case 1:
			master.requests->header_bytes *= 2;
			break;
		case 2:
			master.requests->ring_bytes = RING_BYTES + 1;
			break;
		case 3:
			master.requests->ring_bytes *= 2; /* more than the file has */
			break;
		default:
			master.requests->doorbell = 3;
			break;
		}
		CHECK(run_to_end(&master, "echo", text, sizeof text) == 2);
		CHECK(is_one_line(text) && strstr(text, "echo: requests: ") == text);
	}
}

static void replies_that_are_no_ring_are_refused(void)
{
	static const off_t sizes[] = {0, 1, RING_BYTES, 3 * RING_BYTES, 1LL << 40};
	struct master master;
	char text[1024];

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		master_prepare(&master, RING_BYTES, BELFRY_ADAPTIVE, 0);
		close(master.replies_fd);
		master.replies_fd = memfd_create("replies", MFD_CLOEXEC);
		CHECK(ftruncate(master.replies_fd, sizes[i]) == 0);
		CHECK(run_to_end(&master, "echo", text, sizeof text) == 2);
		CHECK(is_one_line(text) && strstr(text, "echo: replies: ") == text);
	}
}

static void a_ring_that_breaks_a_rule_ends_it(void)
{
	struct master master;
	char text[1024];

	master_prepare(&master, RING_BYTES, BELFRY_ADAPTIVE, 0);
	atomic_store(&master.requests->request_tail, 2 * RING_BYTES);
	CHECK(run_to_end(&master, "echo", text, sizeof text) == 1);
	CHECK(strcmp(text, "echo: the master broke a rule of the rings\n") == 0);
}

static void reading_begins_at_resume(void)
{
	struct master master;

	master_prepare(&master, RING_BYTES, BELFRY_ADAPTIVE, 0);
	master_send(&master, "of an earlier incarnation");
	master.requests->resume = atomic_load(&master.requests->request_tail);
	atomic_store(&master.request_head, master.requests->resume);
	master.received = 1;
	master_send(&master, "of this one");
	start(&master, "echo");
	master_expect(&master, "of this one");
	master_stop(&master);
}

static void a_signal_before_main_does_not_kill_it(void)
{
	struct master master;

	master_prepare(&master, RING_BYTES, BELFRY_ADAPTIVE, 0);
	master.early_usr1 = 3;
	start(&master, "echo");
	master_await_state(&master, BELFRY_READY);
	master_send(&master, "alive");
	master_expect(&master, "alive");
	master_stop(&master);
}

static void a_signal_that_was_not_blocked_does_no_harm_once_ready(void)
{
	struct master master;

	master_prepare(&master, RING_BYTES, BELFRY_SPIN, 0);
	master.block_usr1 = false;
	start(&master, "echo");
	master_await_state(&master, BELFRY_READY);
	CHECK(kill(master.pid, SIGUSR1) == 0);
	master_send(&master, "alive");
	master_expect(&master, "alive");
	master_stop(&master);
}

static void many_signals_at_any_time_do_no_harm(void)
{
	struct master master;

	start_ready(&master, "echo");
	for (int i = 0; i < 20000; i++)
		CHECK(kill(master.pid, SIGUSR1) == 0);
	master_send(&master, "alive");
	master_expect(&master, "alive");
	master_stop(&master);
}

static void ends_with_0_after(int signal)
{
	struct master master;
	int status;

	start_ready(&master, "echo");
	await_sleep(&master);
	CHECK(kill(master.pid, signal) == 0);
	master_await_state(&master, BELFRY_LEAVING);
	status = master_finish(&master);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void term_and_int_end_it_while_idle(void)
{
	for (int i = 0; i < TIMES(50); i++) {
		ends_with_0_after(SIGTERM);
		ends_with_0_after(SIGINT);
	}
}

static void term_ends_it_while_it_spins(void)
{
	struct master master;

	master_prepare(&master, RING_BYTES, BELFRY_SPIN, 0);
	start(&master, "echo");
	master_await_state(&master, BELFRY_READY);
	master_stop(&master);
}

static void term_ends_it_after_the_request_in_hand(void)
{
	struct master master;
	uint64_t begun;
	int status;

	master_prepare(&master, RING_BYTES, BELFRY_ADAPTIVE, 0);
	master_send(&master, "term");
	begun = master.writer.tail;
	master_send(&master, "descriptors");
	master_start(&master, (char *[]){rules, NULL});
	master_await_state(&master, BELFRY_LEAVING);
	/* The first can't be taken back, although its reply is still to be read; the second can. */
	CHECK(master.replies->in_hand == begun);
	master_expect(&master, "ok");
	CHECK(!master_has_reply(&master)); /* the second is the next incarnation's */
	status = master_finish(&master);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void term_does_not_lose_a_reply_that_waits_for_room(void)
{
	struct master master;
	uint64_t sleep;
	int status;

	start_rules(&master, NULL);
	master_send(&master, "large");
	master_send(&master, "large");
	await_no_room(&master, 1);
	sleep = atomic_load(&master.replies->worker_sleep);
	CHECK(kill(master.pid, SIGTERM) == 0);
	/* It has heard the signal and sleeps again. */
	while (atomic_load(&master.replies->worker_sleep) <= sleep)
		sched_yield();
	await_sleep(&master);
	CHECK(atomic_load(&master.replies->state) == BELFRY_READY);
	expect_large(&master);
	expect_large(&master);
	status = master_finish(&master);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* Until it sleeps, as the kernel shows it, and isn't only on the way to its sleep. */
static void await_blocked(struct master *master)
{
	char path[64], stat[128], state = '?';

	await_sleep(master);
	snprintf(path, sizeof path, "/proc/%d/task/%d/stat", master->pid, master->pid);
	while (state != 'S') {
		FILE *file = fopen(path, "re");

		CHECK(file != NULL && fgets(stat, sizeof stat, file) != NULL);
		CHECK(sscanf(strrchr(stat, ')') + 1, " %c", &state) == 1);
		fclose(file);
	}
}

static void term_in_another_thread_wakes_the_sleeper(void)
{
	struct master master;
	struct reply reply;
	uint64_t signals;
	pid_t thread;

	start_rules(&master, NULL);
	master_await_state(&master, BELFRY_READY);
	master_send(&master, "thread");
	reply = master_receive(&master);
	CHECK(reply.record.code == 0 && reply.record.size == sizeof thread);
	memcpy(&thread, reply.data, sizeof thread);
	master_release(&master, &reply);
	await_blocked(&master);
	signals = atomic_load(&master.replies->signals);
	CHECK(syscall(SYS_tgkill, master.pid, thread, SIGTERM) == 0);
	master_await_state(&master, BELFRY_LEAVING);
	CHECK(atomic_load(&master.replies->signals) == signals + 1);
	CHECK(master_finish(&master) == 0);
}

static void a_failed_init_is_the_exit_status(void)
{
	struct master master;
	int status;

	start_rules(&master, "init-fails");
	status = master_wait(&master);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 42);
	CHECK(atomic_load(&master.replies->state) == BELFRY_STARTING);
	master_close(&master);
}

static void fini_runs_at_the_end(void)
{
	struct master master;
	char text[64] = "";
	int err[2];

	CHECK(pipe2(err, O_CLOEXEC) == 0);
	master_prepare(&master, RING_BYTES, BELFRY_ADAPTIVE, 0);
	master.err = err[1];
	master_start(&master, (char *[]){rules, (char *)"fini", NULL});
	close(err[1]);
	master_await_state(&master, BELFRY_READY);
	master_stop(&master);
	CHECK(read(err[0], text, sizeof text - 1) > 0);
	CHECK(strcmp(text, "fini with the state of init: 1\n") == 0);
	close(err[0]);
}

static void it_dies_with_its_master_and_so_do_its_children(void)
{
	struct master master;
	struct reply reply;
	struct pollfd child_end = {.events = POLLIN};
	char digits[16] = "";
	pid_t child;
	int status;

#ifdef BELFRY_MEMCHECK
	return; /* valgrind doesn't know pidfd_open */
#endif
	start_crash(&master);
	master_send(&master, "fork");
	reply = master_receive(&master);
	memcpy(digits, reply.data, reply.record.size);
	child = (pid_t)strtol(digits, NULL, 10);
	child_end.fd = (int)syscall(SYS_pidfd_open, child, 0);
	CHECK(child > 0 && child_end.fd >= 0);
	master_release(&master, &reply);

	master_cut_lifeline(&master);
	CHECK(poll(&child_end, 1, -1) == 1);
	close(child_end.fd);
	status = master_finish(&master);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void it_dies_of_a_master_that_was_gone_before(void)
{
	struct master master;
	int status;

	master_prepare(&master, RING_BYTES, BELFRY_ADAPTIVE, 0);
	master_cut_lifeline(&master);
	start(&master, "echo");
	status = master_finish(&master);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

int main(int argc, char **argv)
{
	parse_programs(argc, argv);
	RUN(by_hand_it_says_who_has_to_start_it);
	RUN(another_version_names_both);
	RUN(a_header_that_is_none_is_refused);
	RUN(replies_that_are_no_ring_are_refused);
	RUN(a_ring_that_breaks_a_rule_ends_it);
	RUN(reading_begins_at_resume);
	RUN(a_signal_before_main_does_not_kill_it);
	RUN(a_signal_that_was_not_blocked_does_no_harm_once_ready);
	RUN(many_signals_at_any_time_do_no_harm);
	RUN(term_and_int_end_it_while_idle);
	RUN(term_ends_it_while_it_spins);
	RUN(term_ends_it_after_the_request_in_hand);
	RUN(term_does_not_lose_a_reply_that_waits_for_room);
	RUN(term_in_another_thread_wakes_the_sleeper);
	RUN(a_failed_init_is_the_exit_status);
	RUN(fini_runs_at_the_end);
	RUN(it_dies_with_its_master_and_so_do_its_children);
	RUN(it_dies_of_a_master_that_was_gone_before);
	return 0;
}
