/*
 * Registration with the keeper (c/keeper/belfry_keeper.c), the process that ends what a VM has
 * started when the VM has ended.
 *
 *   VM                             child                          keeper
 *   clone
 *                                  setpgid
 *                                  sendmsg: its own pidfd
 *                                  execve closes the socket
 *   a message is lost only with
 *   its keeper: another keeper?
 *   then registers the child again
 *                                                                 reads it when the bell has been
 *                                                                 rung, or the VM has ended
 */
#ifndef BELFRY_KEEPER_H
#define BELFRY_KEEPER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The VM's side of a keeper. */
struct belfry_keeper {
	int socket; /* SOCK_SEQPACKET */
	int bell;   /* an eventfd that has the keeper read what lies in the socket */
};

/* A message, which comes with the pidfd of `pid`. */
struct belfry_registration {
	int32_t pid;
	uint32_t leads_group; /* its group ends with the VM too */
};

/* The descriptors that a keeper is started with, besides 0 to 2. */
enum { BELFRY_KEEPER_SOCKET = 3, BELFRY_KEEPER_BELL = 4, BELFRY_KEEPER_VM = 5 };

/*
 * Registers a process of the caller's; `pidfd` stays the caller's. While there is no room it rings
 * the bell and tries again, for 100 ms. -EPIPE, -ECONNRESET: the keeper has ended.
 * Async-signal-safe.
 */
int belfry_register(const struct belfry_keeper *keeper, int pidfd, pid_t pid, bool leads_group);

#endif
