/*
 * belfry-keeper PID
 *
 * Ends what the VM with the number PID has started and what is to end with it, when that VM has
 * ended, however it ended: each process that has registered (belfry_keeper.h), and the groups of
 * those that lead one. A VM starts its keeper with a socket, a bell and its own pidfd.
 *
 * The keeper sleeps while the VM lives. Registrations wait in the socket until
 *
 *   the bell is rung      they are read, and those that have ended are dropped
 *   the VM has ended      nothing more is let in, and all are killed. A child that is still to
 *                         register gets EPIPE and ends itself
 *   the socket is closed  nothing runs any more that the VM waits for. What is left of groups is
 *                         kept until they or the VM have ended
 *
 * It sees the VM's end by the pidfd alone. The socket's end of file may come late: a child that
 * another library has forked, and that never calls execve, has a copy of the VM's end.
 */
#include "belfry_keeper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif

enum {
	GROUP = 1 << 2,	   /* PIDFD_SIGNAL_PROCESS_GROUP, since Linux 6.9 */
	FIRST_FREE = 6,	   /* the descriptor behind those that it is started with */
	MOST = 1 << 16,	   /* processes; more of them wait in the socket */
	LOOK_MILLIS = 1000 /* at groups, once the socket is closed */
};

struct kept {
	int pidfd;
	struct belfry_registration process;
};

static struct kept kept[MOST];
static size_t count, most;

static long send_signal(const struct kept *one, int signal, unsigned flags)
{
	return syscall(SYS_pidfd_send_signal, one->pidfd, signal, NULL, flags);
}

/* Whether any is left of it, or of its group where that can be asked. */
static bool is_left(const struct kept *one)
{
	if (send_signal(one, 0, 0) == 0 || errno != ESRCH)
		return true;
	return one->process.leads_group &&
	       (send_signal(one, 0, GROUP) == 0 || (errno != ESRCH && errno != EINVAL));
}

/*
 * The group by its leader's pidfd, so that it's never another group with the same number. Before
 * Linux 6.9 by the number, which is the leader's own until the leader has been reaped.
 */
static void end_one(const struct kept *one)
{
	if (one->process.leads_group && send_signal(one, SIGKILL, GROUP) < 0 && errno == EINVAL &&
	    send_signal(one, 0, 0) == 0)
		kill(-one->process.pid, SIGKILL);
	send_signal(one, SIGKILL, 0);
}

/* The next registration; false if none is there. There has to be a free descriptor for it. */
static bool receive(struct kept *one)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec part = {.iov_base = &one->process, .iov_len = sizeof one->process};
	struct msghdr message = {.msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = control.bytes,
				 .msg_controllen = sizeof control.bytes};
	ssize_t size;

	do {
		size = recvmsg(BELFRY_KEEPER_SOCKET, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	} while (size < 0 && errno == EINTR);
	if (size != (ssize_t)sizeof one->process || message.msg_controllen < CMSG_LEN(sizeof(int)))
		return false;
	memcpy(&one->pidfd, CMSG_DATA(&control.header), sizeof one->pidfd);
	return true;
}

static void drop_ended(void)
{
	for (size_t i = 0; i < count;) {
		if (is_left(kept + i)) {
			i++;
			continue;
		}
		close(kept[i].pidfd);
		kept[i] = kept[--count];
	}
}

/* Leaves in the socket what there is no room for. */
static void read_registrations(void)
{
	bool may_be_more;

	do {
		while (count < most && receive(kept + count))
			count++;
		may_be_more = count == most;
		drop_ended();
	} while (may_be_more && count < most);
}

static void end_all(void)
{
	struct kept one;

	shutdown(BELFRY_KEEPER_SOCKET, SHUT_RD);
	for (size_t i = 0; i < count; i++) {
		end_one(kept + i);
		close(kept[i].pidfd);
	}
	while (receive(&one)) {
		end_one(&one);
		close(one.pidfd);
	}
}

static void keep(void)
{
	struct pollfd events[] = {
		{.fd = BELFRY_KEEPER_VM, .events = POLLIN},
		{.fd = BELFRY_KEEPER_BELL, .events = POLLIN},
		{.fd = BELFRY_KEEPER_SOCKET, .events = POLLRDHUP}, /* data doesn't wake it */
	};
	int timeout = -1;
	eventfd_t rings;

	for (;;) {
		if (poll(events, sizeof events / sizeof *events, timeout) < 0)
			continue;
		if (events[0].revents != 0) {
			end_all();
			return;
		}
		if (events[1].revents != 0)
			eventfd_read(BELFRY_KEEPER_BELL, &rings);
		if (events[2].revents != 0) {
			events[2].fd = -1;
			timeout = LOOK_MILLIS;
		}
		read_registrations();
		if (timeout >= 0 && count == 0)
			return;
	}
}

/* As many descriptors as it may have, each for a process. */
static void raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		limit.rlim_cur = limit.rlim_max = 0;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	most = limit.rlim_cur > FIRST_FREE ? limit.rlim_cur - FIRST_FREE : 0;
	if (most > MOST)
		most = MOST;
}

static void block_signals(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
}

/* Leaves the VM's children and its session. As process 1 the VM would get it back as a child. */
static void leave(const char *vm)
{
	const pid_t child = strcmp(vm, "1") == 0 ? 0 : fork();

	if (child != 0)
		_exit(child > 0 ? 0 : 1);
	setsid();
}

int main(int argc, char **argv)
{
	struct pollfd vm = {.fd = BELFRY_KEEPER_VM, .events = POLLIN};

	if (argc != 2 || poll(&vm, 1, 0) < 0 || (vm.revents & POLLNVAL) != 0) {
		fprintf(stderr, "belfry-keeper: only a VM that uses Belfry starts it\n");
		return 2;
	}
	block_signals();
	prctl(PR_SET_NAME, "belfry-keeper");
	raise_limit();
	leave(argv[1]);
	keep();
	return 0;
}
