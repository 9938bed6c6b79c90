/* The worker test_signal_recv as a process. */
#include "worker_run.h"

static char *command[2];

static void block_usr1(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static void send_usr1_to_itself(void)
{
	block_usr1();
	raise(SIGUSR1);
	raise(SIGUSR1);
}

static void ignore_int(void)
{
	signal(SIGINT, SIG_IGN);
}

static void it_greets_every_second(void)
{
	struct worker_run run;

	worker_start(&run, command, NULL);
	for (int i = 0; i < 3; i++)
		CHECK(strcmp(worker_line(&run, run.out), "hello world") == 0);
	kill(run.pid, SIGINT);
	CHECK(strcmp(worker_line(&run, run.out), "") == 0);
	CHECK(worker_status(&run) == 0);
}

static void it_reports_each_signal(void)
{
	struct worker_run run;
	int reported = 0;

	worker_start(&run, command, block_usr1);
	CHECK(strcmp(worker_line(&run, run.out), "hello world") == 0);
	while (reported < TIMES(1000)) {
		kill(run.pid, SIGUSR1);
		while (strcmp(worker_line(&run, run.out), "hello world") == 0)
			;
		CHECK(strcmp(run.line, "get signal") == 0);
		reported++;
	}
	kill(run.pid, SIGINT);
	CHECK(worker_status(&run) == 0);
}

/* The signal is pending before the program's first instruction. */
static void it_reports_a_signal_that_came_before_main(void)
{
	struct worker_run run;

#ifdef BELFRY_MEMCHECK
	return; /* valgrind loses it */
#endif
	worker_start(&run, command, send_usr1_to_itself);
	CHECK(strcmp(worker_line(&run, run.out), "hello world") == 0);
	CHECK(strcmp(worker_line(&run, run.out), "get signal") == 0);
	kill(run.pid, SIGINT);
	CHECK(worker_status(&run) == 0);
}

static void a_pending_signal_is_reported_before_sigint_ends_it(void)
{
	struct worker_run run;

	worker_start(&run, command, block_usr1);
	CHECK(strcmp(worker_line(&run, run.out), "hello world") == 0);
	kill(run.pid, SIGSTOP);
	CHECK(waitpid(run.pid, NULL, WUNTRACED) == run.pid);
	kill(run.pid, SIGUSR1);
	kill(run.pid, SIGINT);
	kill(run.pid, SIGCONT);
	while (strcmp(worker_line(&run, run.out), "hello world") == 0)
		;
	CHECK(strcmp(run.line, "get signal") == 0);
	CHECK(worker_status(&run) == 0);
}

static void it_leaves_an_ignored_sigint_ignored(void)
{
	struct worker_run run;
	int status;

	worker_start(&run, command, ignore_int);
	CHECK(strcmp(worker_line(&run, run.out), "hello world") == 0);
	kill(run.pid, SIGINT);
	CHECK(strcmp(worker_line(&run, run.out), "hello world") == 0);
	kill(run.pid, SIGTERM);
	status = worker_status(&run);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

static void ignore_and_block_int(void)
{
	sigset_t set;

	ignore_int();
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static void it_takes_a_sigint_that_its_master_has_blocked(void)
{
	struct worker_run run;

	worker_start(&run, command, ignore_and_block_int);
	CHECK(strcmp(worker_line(&run, run.out), "hello world") == 0);
	kill(run.pid, SIGINT);
	CHECK(worker_status(&run) == 0);
}

static void to_a_full_device(void)
{
	CHECK(freopen("/dev/full", "w", stdout) != NULL);
}

static void it_says_why_it_cannot_print(void)
{
	struct worker_run run;
	int status;

	worker_start(&run, command, to_a_full_device);
	CHECK(strcmp(worker_line(&run, run.err),
		     "test_signal_recv: standard output: No space left on device") == 0);
	status = worker_status(&run);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

int main(int argc, char **argv)
{
	CHECK(argc == 2);
	command[0] = argv[1];
	RUN(it_greets_every_second);
	RUN(it_reports_each_signal);
	RUN(it_reports_a_signal_that_came_before_main);
	RUN(a_pending_signal_is_reported_before_sigint_ends_it);
	RUN(it_leaves_an_ignored_sigint_ignored);
	RUN(it_takes_a_sigint_that_its_master_has_blocked);
	RUN(it_says_why_it_cannot_print);
	return 0;
}
