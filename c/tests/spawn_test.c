/* belfry_spawn without a VM: the attributes that a child starts with, and what a failure leaves. */
#include "emulated.h"
#include "spawn_run.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>

static void a_child_is_born_clean(void)
{
	struct run run;
	int leaked = open("/dev/null", O_RDONLY); /* without O_CLOEXEC, on purpose */
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGQUIT);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	signal(SIGPIPE, SIG_IGN);

	prepare(&run);
	CHECK(belfry_spawn(&run.plan, &run.spawned) == 0);
	CHECK(finish(&run) == 0);
	CHECK(revealed(&run, "descriptors=0 1 2 "));
	CHECK(revealed(&run, "arguments=[reveal]"));
	CHECK(revealed(&run, "environment=ONLY=this"));
	CHECK(revealed(&run, "blocked="));
	CHECK(revealed(&run, "ignored="));
	CHECK(revealed(&run, "own_group=0"));
	CHECK(revealed(&run, "death_signal=0"));

	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_UNBLOCK, &blocked, NULL);
	close(leaked);
}

static void a_child_gets_what_was_asked_for(void)
{
	const unsigned char second_cpu = 2;
	const struct belfry_limit limit = {.resource = 7, .soft = 100, .hard = 200};
	char blocked[40];
	struct run run;

	prepare(&run);
	snprintf(blocked, sizeof blocked, "blocked=%d %d ", SIGUSR1, SIGRTMIN);
	run.plan.blocked_signals = UINT64_C(1) << (SIGUSR1 - 1) | UINT64_C(1) << (SIGRTMIN - 1);
	run.plan.own_group = true;
	run.plan.umask = 027;
	run.plan.set_nice = true;
	run.plan.nice = 3;
	run.plan.directory = "/";
	run.plan.limits = &limit;
	run.plan.limit_count = 1;
	run.plan.die_with_parent = true;
	/* The emulator takes masks of whole words only. */
	if (sysconf(_SC_NPROCESSORS_ONLN) > 1 && !is_emulated()) {
		run.plan.cpus = &second_cpu;
		run.plan.cpus_bytes = sizeof second_cpu;
	}
	CHECK(belfry_spawn(&run.plan, &run.spawned) == 0);
	CHECK(finish(&run) == 0);
	CHECK(revealed(&run, blocked));
	CHECK(revealed(&run, "own_group=1"));
	CHECK(revealed(&run, "umask=27"));
	CHECK(revealed(&run, "nice=3"));
	CHECK(revealed(&run, "directory=/"));
	CHECK(revealed(&run, "limit_nofile=100 200"));
	CHECK(revealed(&run, "death_signal=9"));
	if (run.plan.cpus != NULL)
		CHECK(revealed(&run, "cpus=1 "));
}

static void *start_while_bound(void *unused)
{
	const unsigned char first_cpu = 1;
	struct run run;

	CHECK(syscall(SYS_sched_setaffinity, 0, sizeof first_cpu, &first_cpu) == 0);
	prepare(&run);
	CHECK(belfry_spawn(&run.plan, &run.spawned) == 0);
	CHECK(finish(&run) == 0);
	CHECK(strstr(run.text, "\ncpus=0 \n") == NULL);
	return unused;
}

static void a_child_is_not_bound_as_the_thread_that_starts_it(void)
{
	pthread_t thread;

	if (sysconf(_SC_NPROCESSORS_ONLN) == 1)
		return;
	CHECK(pthread_create(&thread, NULL, start_while_bound, NULL) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
}

static int oom_score_of_this_process(void)
{
	FILE *file = fopen("/proc/self/oom_score_adj", "r");
	int value;

	CHECK(file != NULL && fscanf(file, "%d", &value) == 1);
	fclose(file);
	return value;
}

/* And not its parent, with which it has the memory in common. */
static void a_child_gets_an_oom_score(void)
{
	const int before = oom_score_of_this_process();
	struct run run;
	char line[32];

	prepare(&run);
	run.plan.set_oom_score = true;
	run.plan.oom_score_adjust = before < 1000 ? before + 1 : 1000;
	CHECK(belfry_spawn(&run.plan, &run.spawned) == 0);
	CHECK(finish(&run) == 0);
	snprintf(line, sizeof line, "oom_score_adj=%d", run.plan.oom_score_adjust);
	CHECK(revealed(&run, line));
	CHECK(revealed(&run, "descriptors=0 1 2 "));
	CHECK(oom_score_of_this_process() == before);
}

static void a_session_is_a_group_too(void)
{
	struct run run;

	prepare(&run);
	run.plan.new_session = true;
	run.plan.own_group = true;
	CHECK(belfry_spawn(&run.plan, &run.spawned) == 0);
	CHECK(finish(&run) == 0);
	CHECK(revealed(&run, "own_session=1"));
	CHECK(revealed(&run, "own_group=1"));
}

static void only_the_named_signals_are_ignored(void)
{
	struct run run;

	signal(SIGPIPE, SIG_IGN);
	prepare(&run);
	run.plan.ignored_signals = UINT64_C(1) << (SIGHUP - 1) | UINT64_C(1) << (SIGINT - 1);
	CHECK(belfry_spawn(&run.plan, &run.spawned) == 0);
	CHECK(finish(&run) == 0);
	CHECK(revealed(&run, "ignored=1 2 "));
	signal(SIGPIPE, SIG_DFL);
}

static int open_descriptors(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static void expect_failure(struct run *run, int error, const char *step, size_t index)
{
	int before = open_descriptors();
	int result = belfry_spawn(&run->plan, &run->spawned);

	CHECK(result == -error);
	CHECK(strcmp(run->spawned.step, step) == 0);
	CHECK(run->spawned.index == index);
	CHECK(run->spawned.pid == -1 && run->spawned.pidfd == -1);
	CHECK(open_descriptors() == before);
	CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
	collect(run);
}

static void every_failure_names_its_step_and_leaves_no_child(void)
{
	const struct belfry_limit limits[] = {
		{.resource = 4, .soft = 0, .hard = 0},
		{.resource = 7, .soft = 2, .hard = 1},
	};
	const unsigned char no_cpu = 0;
	struct run run;

	prepare(&run);
	run.programs[0] = (char *)"/nowhere/at/all";
	expect_failure(&run, ENOENT, "execve", 0);

	prepare(&run);
	run.programs[0] = (char *)"/nowhere/at/all";
	run.programs[1] = (char *)"/etc/passwd";
	expect_failure(&run, EACCES, "execve", 1);

	prepare(&run);
	run.plan.directory = "/nowhere/at/all";
	expect_failure(&run, ENOENT, "chdir", 0);

	prepare(&run);
	run.plan.limits = limits;
	run.plan.limit_count = 2;
	expect_failure(&run, EINVAL, "setrlimit", 1);

	prepare(&run);
	run.plan.set_oom_score = true;
	run.plan.oom_score_adjust = 1001;
	expect_failure(&run, EINVAL, "write", 0);

	prepare(&run);
	run.plan.cpus = &no_cpu;
	run.plan.cpus_bytes = 1;
	expect_failure(&run, EINVAL, "sched_setaffinity", 0);

	prepare(&run);
	run.descriptors[2].source = 999;
	expect_failure(&run, EBADF, "fcntl", 2);

	prepare(&run);
	run.descriptors[3] = (struct belfry_descriptor){1, 1 << 29};
	run.plan.descriptor_count = 4;
	expect_failure(&run, EBADF, "dup2", 3);

	prepare(&run);
	run.programs[0] = (char *)"/etc/passwd/program";
	expect_failure(&run, ENOTDIR, "execve", 0);
}

static void a_blocked_signal_before_exec_waits(void)
{
	struct run run;
	int status;

	prepare(&run);
	run.plan.blocked_signals = UINT64_C(1) << (SIGUSR1 - 1);
	CHECK(belfry_spawn(&run.plan, &run.spawned) == 0);
	kill(run.spawned.pid, SIGUSR1);
	CHECK(finish(&run) == 0);

	prepare(&run);
	run.plan.blocked_signals = 0;
	char *arguments[] = {(char *)"sleep", (char *)"60", NULL};
	char *programs[] = {(char *)"/bin/sleep", NULL};
	run.plan.programs = programs;
	run.plan.arguments = arguments;
	CHECK(belfry_spawn(&run.plan, &run.spawned) == 0);
	kill(run.spawned.pid, SIGUSR1);
	status = finish(&run);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR1);
}

int main(int argc, char **argv)
{
	CHECK(argc == 2);
	reveal_path = argv[1];
	RUN(a_child_is_born_clean);
	RUN(a_child_gets_what_was_asked_for);
	RUN_UNLESS_EMULATED(a_child_is_not_bound_as_the_thread_that_starts_it,
			    "sched_setaffinity of less than a word");
	RUN(a_child_gets_an_oom_score);
	RUN(a_session_is_a_group_too);
	RUN(only_the_named_signals_are_ignored);
	RUN_UNLESS_EMULATED(every_failure_names_its_step_and_leaves_no_child,
			    "CLONE_VM without CLONE_THREAD");
	RUN(a_blocked_signal_before_exec_waits);
	return 0;
}
