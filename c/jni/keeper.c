/* The side of the VM and of its children: raw system calls, as a child may make no others. */
#include "belfry_keeper.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { TRIES = 10, PAUSE_NANOS = 10 * 1000 * 1000 };

static int send_pidfd(int socket, int pidfd, const struct belfry_registration *registration)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {.bytes = {0}};
	struct iovec part = {.iov_base = (void *)(uintptr_t)registration,
			     .iov_len = sizeof *registration};
	struct msghdr message = {0};

	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.header), &pidfd, sizeof pidfd);
	message.msg_iov = &part;
	message.msg_iovlen = 1;
	message.msg_control = control.bytes;
	message.msg_controllen = sizeof control.bytes;
	if (syscall(SYS_sendmsg, socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return -errno;
	return 0;
}

/* EAGAIN: of bytes in the socket. ETOOMANYREFS: of descriptors that the user has in sockets. */
static bool is_full(int error)
{
	return error == -EAGAIN || error == -ETOOMANYREFS;
}

int belfry_register(const struct belfry_keeper *keeper, int pidfd, pid_t pid, bool leads_group)
{
	const struct belfry_registration registration = {pid, leads_group};
	const uint64_t ring = 1;
	int result = send_pidfd(keeper->socket, pidfd, &registration);

	for (int tries = 0; is_full(result) && tries < TRIES; tries++) {
		struct pollfd room = {.fd = keeper->socket, .events = POLLOUT};
		struct timespec pause = {.tv_nsec = PAUSE_NANOS};

		/* A bell that can't be rung any louder (EAGAIN) is rung. */
		(void)!write(keeper->bell, &ring, sizeof ring);
		syscall(SYS_ppoll, &room, result == -EAGAIN ? 1 : 0, &pause, NULL, 0);
		result = send_pidfd(keeper->socket, pidfd, &registration);
	}
	return result;
}
