/*
 * refuse ERRNO CALL[,CALL...] PROGRAM [ARGUMENT...]
 *
 * Runs PROGRAM with a seccomp filter that answers ERRNO to the named system calls: an older kernel
 * (38, ENOSYS) or a strict container (1, EPERM). F_ADD_SEALS is that command of fcntl alone,
 * PIDFD_SIGNAL_PROCESS_GROUP that flag of pidfd_send_signal.
 */
#include "emulated.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

enum { MAX_CALLS = 16, MAX_STEPS = 5 };

static const struct call {
	const char *name;
	unsigned number;
	unsigned value;	   /* of the argument with which it is refused, 0 for any */
	unsigned argument; /* which one, from 0 on */
} known[] = {
	{"pidfd_open", 434, 0, 0},
	{"pidfd_send_signal", 424, 0, 0},
	{"close_range", SYS_close_range, 0, 0},
	{"memfd_create", SYS_memfd_create, 0, 0},
	{"execveat", SYS_execveat, 0, 0},
	{"getdents64", SYS_getdents64, 0, 0},
	{"F_ADD_SEALS", SYS_fcntl, F_ADD_SEALS, 1},
	{"PIDFD_SIGNAL_PROCESS_GROUP", 424, 1 << 2, 3},
};

static const struct call *find(const char *name)
{
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(known[i].name, name) == 0)
			return known + i;
	fprintf(stderr, "refuse: %s: not a call that this program knows\n", name);
	exit(2);
}

static struct sock_filter load(size_t offset)
{
	return (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offset);
}

static struct sock_filter skip_unless(unsigned value, unsigned char steps)
{
	return (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, steps);
}

static struct sock_filter answer(unsigned what)
{
	return (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, what);
}

/* The number of steps; the call's number is loaded before and after. */
static unsigned short add_refusal(struct sock_filter *steps, const struct call *call,
				  unsigned refusal)
{
	unsigned short count = 0;

	if (call->value == 0) {
		steps[count++] = skip_unless(call->number, 1);
		steps[count++] = answer(refusal);
		return count;
	}
	steps[count++] = skip_unless(call->number, 4);
	steps[count++] = load(offsetof(struct seccomp_data, args) + 8 * call->argument);
	steps[count++] = skip_unless(call->value, 1);
	steps[count++] = answer(refusal);
	steps[count++] = load(offsetof(struct seccomp_data, nr));
	return count;
}

int main(int argc, char **argv)
{
	struct sock_filter filter[MAX_STEPS * MAX_CALLS + 2];
	struct sock_fprog program = {.filter = filter};
	unsigned short length = 0;
	unsigned refusal;
	int calls = 0;

	if (argc < 4) {
		fprintf(stderr, "usage: refuse ERRNO CALL[,CALL...] PROGRAM [ARGUMENT...]\n");
		return 2;
	}
	refusal = SECCOMP_RET_ERRNO | ((unsigned)atoi(argv[1]) & SECCOMP_RET_DATA);
	filter[length++] = load(offsetof(struct seccomp_data, nr));
	for (char *name = strtok(argv[2], ","); name != NULL && calls < MAX_CALLS;
	     name = strtok(NULL, ","), calls++)
		length += add_refusal(filter + length, find(name), refusal);
	filter[length++] = answer(SECCOMP_RET_ALLOW);
	program.len = length;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0) {
		skip_if_emulated("seccomp");
		fprintf(stderr, "refuse: prctl: %s\n", strerror(errno));
		return 1;
	}
	execvp(argv[3], argv + 3);
	fprintf(stderr, "refuse: %s: %s\n", argv[3], strerror(errno));
	return 127;
}
