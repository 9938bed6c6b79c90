/*
 * refuse ERRNO CALL[,CALL...] PROGRAM [ARGUMENT...]
 *
 * Runs PROGRAM with a seccomp filter that answers ERRNO to the named system calls: an older kernel
 * (38, ENOSYS) or a strict container (1, EPERM).
 */
#include <errno.h>
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

enum { MOST_CALLS = 16 };

static const struct {
	const char *name;
	unsigned number;
} known[] = {
	{"pidfd_open", 434},
	{"pidfd_send_signal", 424},
	{"close_range", SYS_close_range},
	{"memfd_create", SYS_memfd_create},
	{"execveat", SYS_execveat},
};

static unsigned number_of(const char *name)
{
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(known[i].name, name) == 0)
			return known[i].number;
	fprintf(stderr, "refuse: %s: not a call that this program knows\n", name);
	exit(2);
}

int main(int argc, char **argv)
{
	struct sock_filter filter[2 * MOST_CALLS + 2];
	struct sock_fprog program = {.filter = filter};
	unsigned short length = 0;
	unsigned refusal;

	if (argc < 4) {
		fprintf(stderr, "usage: refuse ERRNO CALL[,CALL...] PROGRAM [ARGUMENT...]\n");
		return 2;
	}
	refusal = SECCOMP_RET_ERRNO | ((unsigned)atoi(argv[1]) & SECCOMP_RET_DATA);
	filter[length++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
							offsetof(struct seccomp_data, nr));
	for (char *name = strtok(argv[2], ","); name != NULL && length < 2 * MOST_CALLS;
	     name = strtok(NULL, ",")) {
		filter[length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
								number_of(name), 0, 1);
		filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, refusal);
	}
	filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	program.len = length;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0) {
		fprintf(stderr, "refuse: prctl: %s\n", strerror(errno));
		return 1;
	}
	execvp(argv[3], argv + 3);
	fprintf(stderr, "refuse: %s: %s\n", argv[3], strerror(errno));
	return 127;
}
