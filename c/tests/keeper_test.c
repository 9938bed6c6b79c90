/*
 * keeper_test KEEPER: what ends with the process that has started a keeper, as a VM does.
 *
 * This process is the subreaper of all that the tests start: it misses none that is left, and
 * blocks until all have ended.
 */
#include "check.h"
#include "belfry_keeper.h"
#include "belfry_spawn.h"

#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

enum { GROUP = 1 << 2, SCARCE_DESCRIPTORS = 16, MANY = 40, TOO_LONG_SECONDS = 50 };

static char *keeper_path;
static struct belfry_keeper keeper;

/* ---- In the VM */

static void start_keeper(void)
{
	char number[16];
	int ends[2], status;
	pid_t pid;

	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
	keeper.socket = ends[0];
	keeper.bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	snprintf(number, sizeof number, "%d", (int)getpid());
	const int vm = (int)syscall(SYS_pidfd_open, getpid(), 0);
	const struct belfry_descriptor descriptors[] = {
		{BELFRY_INHERIT, 0},
		{BELFRY_INHERIT, 1},
		{BELFRY_INHERIT, 2},
		{ends[1], BELFRY_KEEPER_SOCKET},
		{keeper.bell, BELFRY_KEEPER_BELL},
		{vm, BELFRY_KEEPER_VM},
	};
	char *programs[] = {keeper_path, NULL};
	char *arguments[] = {(char *)"belfry-keeper", number, NULL};
	char *environment[] = {NULL};
	const struct belfry_spawn plan = {
		.programs = programs,
		.program_fd = -1,
		.arguments = arguments,
		.environment = environment,
		.descriptors = descriptors,
		.descriptor_count = sizeof descriptors / sizeof *descriptors,
		.umask = BELFRY_UNCHANGED,
		.uid = BELFRY_UNCHANGED,
		.gid = BELFRY_UNCHANGED,
	};
	struct belfry_spawned spawned;

	CHECK(vm >= 0 && belfry_spawn(&plan, &spawned) == 0);
	pid = waitpid(spawned.pid, &status, 0);
	CHECK(pid == spawned.pid && status == 0);
	close(ends[1]);
	close(vm);
}

/* A shell that the keeper knows. */
static pid_t start(const char *script, bool own_group)
{
	static char *const programs[] = {(char *)"/bin/sh", NULL};
	static char *const environment[] = {(char *)"PATH=/usr/bin:/bin", NULL};
	char *arguments[] = {(char *)"sh", (char *)"-c", (char *)(uintptr_t)script, NULL};
	const struct belfry_spawn plan = {
		.programs = programs,
		.program_fd = -1,
		.arguments = arguments,
		.environment = environment,
		.umask = BELFRY_UNCHANGED,
		.uid = BELFRY_UNCHANGED,
		.gid = BELFRY_UNCHANGED,
		.own_group = own_group,
		.keeper = &keeper,
	};
	struct belfry_spawned spawned;

	CHECK(belfry_spawn(&plan, &spawned) == 0);
	return spawned.pid;
}

static void await_end(pid_t pid)
{
	CHECK(waitpid(pid, NULL, 0) == pid);
}

/* ---- Around it */

struct vm {
	pid_t pid;
	int ready; /* end of file: it has nothing more to do than to be killed */
};

/* Runs `life` as a VM. */
static struct vm run(void (*life)(void))
{
	int ready[2];
	struct vm vm;
	char byte;

	CHECK(pipe(ready) == 0);
	vm.pid = fork();
	if (vm.pid == 0) {
		close(ready[0]);
		start_keeper();
		life();
		CHECK(write(ready[1], "", 1) == 1);
		for (;;)
			pause();
	}
	close(ready[1]);
	CHECK(read(ready[0], &byte, 1) == 1);
	close(ready[0]);
	return vm;
}

static void await_all(void)
{
	while (waitpid(-1, NULL, 0) > 0)
		;
	CHECK(errno == ECHILD);
}

static void all_end_with(void (*life)(void))
{
	const struct vm vm = run(life);

	CHECK(kill(vm.pid, SIGKILL) == 0);
	await_all();
}

static bool groups_have_pidfds(void)
{
	const int self = (int)syscall(SYS_pidfd_open, getpid(), 0);
	const bool result = syscall(SYS_pidfd_send_signal, self, 0, NULL, GROUP) == 0 ||
			    errno == ESRCH;

	close(self);
	return result;
}

/* ---- Lives of a VM */

static void starts_programs(void)
{
	start("exec sleep 600", false);
	start("exec sleep 600", true);
}

static void starts_groups(void)
{
	start("sleep 600 & wait", true);
	start("sleep 600; true", true);
	start("(sh -c 'sleep 600; true' &); sleep 600; true", true);
}

/* The keeper has read what lay in the socket. */
static void have_it_read(void)
{
	int unread = 1;

	eventfd_write(keeper.bell, 1);
	while (unread > 0) {
		sched_yield();
		CHECK(ioctl(keeper.socket, SIOCOUTQ, &unread) == 0);
	}
}

static void starts_and_reaps_leaders(void)
{
	await_end(start("sleep 600 & true", true));
	await_end(start("(sleep 600 &) & true", true));
	have_it_read();
}

static void closes_while_a_group_is_left(void)
{
	starts_and_reaps_leaders();
	close(keeper.socket);
	close(keeper.bell);
}

static void closes_when_nothing_runs(void)
{
	await_end(start("true", false));
	await_end(start("true", true));
	close(keeper.socket);
	close(keeper.bell);
}

/* The keeper may have no more descriptors than this process. */
static void starts_more_than_the_keeper_has_descriptors_for(void)
{
	const struct rlimit few = {SCARCE_DESCRIPTORS, SCARCE_DESCRIPTORS};

	close(keeper.socket);
	close(keeper.bell);
	CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
	start_keeper();
	for (int i = 0; i < MANY; i++) {
		start("exec sleep 600", i % 2 == 0);
		eventfd_write(keeper.bell, 1);
	}
}

static void starts_and_ends_more_than_the_socket_holds(void)
{
	for (int i = 0; i < TIMES(400); i++)
		await_end(start("", false));
	start("exec sleep 600", false);
}

/* ---- Tests */

static void programs_end_with_the_vm(void)
{
	all_end_with(starts_programs);
}

static void what_groups_have_started_ends_with_the_vm(void)
{
	all_end_with(starts_groups);
}

static void groups_whose_leaders_are_reaped_end_with_the_vm(void)
{
	if (!groups_have_pidfds())
		return;
	all_end_with(starts_and_reaps_leaders);
	all_end_with(closes_while_a_group_is_left);
}

static void programs_that_the_keeper_has_no_descriptor_for_end_with_the_vm(void)
{
	all_end_with(starts_more_than_the_keeper_has_descriptors_for);
}

static void a_full_socket_is_read_when_a_child_rings(void)
{
	all_end_with(starts_and_ends_more_than_the_socket_holds);
}

static void the_keeper_ends_before_the_vm_when_the_vm_needs_it_no_more(void)
{
	const struct vm vm = run(closes_when_nothing_runs);
	const pid_t first = waitpid(-1, NULL, 0); /* the keeper is this process's by now */

	CHECK(first > 0 && first != vm.pid);
	CHECK(kill(vm.pid, SIGKILL) == 0);
	await_all();
}

/* It has a copy of the VM's end of the socket and never calls execve. */
static void starts_beside_a_fork(void)
{
	starts_programs();
	if (fork() == 0)
		for (;;)
			pause();
}

static void a_copy_of_the_socket_does_not_hold_the_end_up(void)
{
	const struct vm vm = run(starts_beside_a_fork);
	pid_t ended[4];

	/* The VM, its two programs and the keeper; in any order, as they become this process's. */
	CHECK(kill(vm.pid, SIGKILL) == 0);
	for (size_t i = 0; i < sizeof ended / sizeof *ended; i++)
		CHECK((ended[i] = waitpid(-1, NULL, 0)) > 0);
	CHECK(waitpid(-1, NULL, WNOHANG) == 0);

	FILE *children = fopen("/proc/thread-self/children", "re");
	int copy;

	CHECK(children != NULL && fscanf(children, "%d", &copy) == 1);
	fclose(children);
	CHECK(kill(copy, SIGKILL) == 0);
	await_all();
}

int main(int argc, char **argv)
{
	CHECK(argc == 2);
	keeper_path = argv[1];
	CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0);
	alarm(TOO_LONG_SECONDS);
	RUN(programs_end_with_the_vm);
	RUN(what_groups_have_started_ends_with_the_vm);
	RUN(groups_whose_leaders_are_reaped_end_with_the_vm);
	RUN(programs_that_the_keeper_has_no_descriptor_for_end_with_the_vm);
	RUN(a_full_socket_is_read_when_a_child_rings);
	RUN(the_keeper_ends_before_the_vm_when_the_vm_needs_it_no_more);
	RUN(a_copy_of_the_socket_does_not_hold_the_end_up);
	return 0;
}
