/*
 * single_step WORKER: the command of a pool whose workers run WORKER. At the test's request the
 * worker in slot 0 runs instruction by instruction and is killed at a chosen one. N is the number
 * of the worker's incarnation:
 *
 *	test                               tracer, a child of the worker
 *	  go = N                             stops the worker when it goes to sleep
 *	                                     armed = N
 *	  sends requests; sent = N           steps it, and counts, until either
 *	                                       it comes to `kill_at`: SIGKILL, killed = N
 *	                                       it goes to sleep, all answered: finished = N
 *
 * With `birth_at` the next incarnation is stepped from its first look at the rings, whatever is in
 * them, and comes to the same two ends.
 *
 * Going to sleep is the instruction that enters rt_sigtimedwait. The worker enters it only when the
 * requests are there, so it runs the same instructions in each incarnation.
 */
#include <belfry/layout.h>

#include <elf.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	SWEEP_FD = 7,
	HEADER_BYTES = 4096,
	SYSTEM_CALL = 0x80, /* in a stop's signal, with PTRACE_O_TRACESYSGOOD */
};

/* Shared with the test. */
struct sweep {
	_Atomic uint64_t go;
	_Atomic uint64_t kill_at;  /* instructions */
	_Atomic uint64_t wanted;   /* bytes of replies to all that is sent */
	_Atomic uint64_t birth_at; /* instructions and 1, for the next incarnation's start */
	_Atomic uint64_t sent;	   /* the test writes the words up to here, the tracer the others */
	_Atomic uint64_t armed;	   /* incarnation that waits for `sent` */
	_Atomic uint64_t full;	   /* incarnation that sleeps with requests unanswered: no room */
	_Atomic uint64_t killed;   /* incarnation that is about to be killed */
	_Atomic uint64_t finished; /* incarnation that went to sleep with all answered */
	_Atomic uint64_t steps;	   /* instructions that these ran */
	_Atomic uint64_t in_hand;  /* the cursor behind the request that these had in hand */
	_Atomic uint64_t replied;  /* bytes of replies that these had published */
	_Atomic uint64_t refused;  /* errno, when a worker can't be traced */
};

struct tracer {
	pid_t worker;
	uint64_t incarnation;
	struct sweep *sweep;
	const struct belfry_replies *replies;
	int signal; /* for the worker, with its next step */
};

static void *map(int fd, int protection)
{
	void *memory = mmap(NULL, HEADER_BYTES, protection, MAP_SHARED, fd, 0);

	if (memory == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	return memory;
}

static void await(const _Atomic uint64_t *word, uint64_t value)
{
	const struct timespec pause = {.tv_nsec = 100000};

	while (atomic_load(word) != value)
		nanosleep(&pause, NULL);
}

/* Until the worker stops; ends with it. */
static void await_stop(struct tracer *tracer)
{
	int status;

	if (waitpid(tracer->worker, &status, __WALL) < 0 || !WIFSTOPPED(status))
		exit(0);
	tracer->signal = WSTOPSIG(status) & ~SYSTEM_CALL;
	if (tracer->signal == SIGTRAP)
		tracer->signal = 0;
}

static void step(struct tracer *tracer)
{
	if (ptrace(PTRACE_SINGLESTEP, tracer->worker, NULL, (long)tracer->signal) < 0)
		exit(0); /* another process has killed it */
	await_stop(tracer);
}

/* Runs up to this system call, with this descriptor if one is given. */
static void run_to(struct tracer *tracer, uint64_t call, int fd)
{
	struct __ptrace_syscall_info info;

	do {
		if (ptrace(PTRACE_SYSCALL, tracer->worker, NULL, (long)tracer->signal) < 0)
			exit(0);
		await_stop(tracer);
		if (ptrace(PTRACE_GET_SYSCALL_INFO, tracer->worker, sizeof info, &info) < 0)
			exit(0);
	} while (info.op != PTRACE_SYSCALL_INFO_ENTRY || info.entry.nr != call ||
		 (fd >= 0 && info.entry.args[0] != (uint64_t)fd));
}

/* Is it about to enter this system call? */
static bool enters(const struct tracer *tracer, uint64_t call)
{
	struct user_regs_struct registers;
	struct iovec where = {&registers, sizeof registers};
	uint64_t number, counter;
	long code;

	if (ptrace(PTRACE_GETREGSET, tracer->worker, (void *)NT_PRSTATUS, &where) < 0)
		exit(0);
#if defined(__x86_64__)
	const long instruction = 0x050f, mask = 0xffff;

	number = registers.rax;
	counter = registers.rip;
#elif defined(__aarch64__)
	const long instruction = 0xd4000001, mask = 0xffffffff;

	number = registers.regs[8];
	counter = registers.pc;
#else
#error "how does this processor enter a system call?"
#endif
	if (number != call)
		return false;
	code = ptrace(PTRACE_PEEKTEXT, tracer->worker, (void *)counter, NULL);
	return (code & mask) == instruction;
}

static bool goes_to_sleep(const struct tracer *tracer)
{
	return atomic_load(&tracer->replies->worker_sleep) % 2 == 1 &&
	       enters(tracer, SYS_rt_sigtimedwait);
}

/* A step switches to the worker and back: several times faster on one processor. */
static void share_processor(pid_t worker)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET((size_t)sched_getcpu(), &one);
	if (sched_setaffinity(worker, sizeof one, &one) < 0 ||
	    sched_setaffinity(0, sizeof one, &one) < 0)
		perror("sched_setaffinity");
}

static void stop(struct tracer *tracer)
{
	if (ptrace(PTRACE_INTERRUPT, tracer->worker, NULL, NULL) < 0)
		exit(0);
	await_stop(tracer);
	share_processor(tracer->worker);
}

static void arm(struct tracer *tracer)
{
	const struct timespec pause = {.tv_nsec = 100000};

	await(&tracer->sweep->go, tracer->incarnation);
	while (atomic_load(&tracer->replies->worker_sleep) % 2 == 0)
		nanosleep(&pause, NULL);
	stop(tracer);
	run_to(tracer, SYS_rt_sigtimedwait, -1);
	atomic_store(&tracer->sweep->armed, tracer->incarnation);
	await(&tracer->sweep->sent, tracer->incarnation);
}

/* The worker's end, and the facts for the test. */
static void end(struct tracer *tracer, _Atomic uint64_t *how, uint64_t steps, uint64_t replied)
{
	struct sweep *sweep = tracer->sweep;

	atomic_store(&sweep->steps, steps);
	atomic_store(&sweep->in_hand, atomic_load(&tracer->replies->in_hand));
	atomic_store(&sweep->replied, replied);
	atomic_store(how, tracer->incarnation);
	if (how == &sweep->finished) {
		ptrace(PTRACE_DETACH, tracer->worker, NULL, NULL);
	} else {
		kill(tracer->worker, SIGKILL);
		waitpid(tracer->worker, NULL, __WALL);
	}
	exit(0);
}

static _Noreturn void step_to_end(struct tracer *tracer, uint64_t kill_at)
{
	struct sweep *sweep = tracer->sweep;
	const uint64_t before = atomic_load(&tracer->replies->reply_tail);

	for (uint64_t steps = 0;; steps++) {
		const uint64_t replied = atomic_load(&tracer->replies->reply_tail) - before;

		if (steps == kill_at)
			end(tracer, &sweep->killed, steps, replied);
		if (steps > 0 && goes_to_sleep(tracer)) {
			if (replied == atomic_load(&sweep->wanted))
				end(tracer, &sweep->finished, steps, replied);
			atomic_store(&sweep->full, tracer->incarnation);
		}
		step(tracer);
	}
}

/* In the child. Tells by `ready` that the worker may go on. */
static _Noreturn void become_tracer(pid_t worker, uint64_t incarnation, int ready)
{
	struct tracer tracer = {
		.worker = worker,
		.incarnation = incarnation,
		.sweep = map(SWEEP_FD, PROT_READ | PROT_WRITE),
		.replies = map(BELFRY_REPLIES_FD, PROT_READ),
	};
	uint64_t birth_at;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (ptrace(PTRACE_SEIZE, worker, NULL, PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD) < 0) {
		atomic_store(&tracer.sweep->refused, (uint64_t)errno);
		exit(0);
	}
	for (int fd = BELFRY_REQUESTS_FD; fd <= SWEEP_FD; fd++)
		close(fd);
	birth_at = atomic_exchange(&tracer.sweep->birth_at, 0);
	if (birth_at > 0) {
		stop(&tracer);
		close(ready);
		run_to(&tracer, SYS_pread64, BELFRY_REQUESTS_FD);
		step_to_end(&tracer, birth_at - 1);
	}
	close(ready);
	arm(&tracer);
	step_to_end(&tracer, atomic_load(&tracer.sweep->kill_at));
}

int main(int argc, char **argv)
{
	const pid_t self = getpid();
	struct belfry_requests requests;
	int ends[2];
	pid_t child;
	char byte;

	if (argc < 2 || pread(BELFRY_REQUESTS_FD, &requests, sizeof requests, 0) < 0 ||
	    pipe(ends) < 0) {
		fprintf(stderr, "single_step: no worker, or no pool\n");
		return 1;
	}
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY); /* Yama lets no child trace otherwise */
	child = requests.slot == 0 ? fork() : -1;
	if (child == 0) {
		close(ends[0]);
		become_tracer(self, requests.incarnation, ends[1]);
	}
	close(ends[1]);
	if (read(ends[0], &byte, 1) < 0)
		perror("read");
	close(ends[0]);
	close(SWEEP_FD);
	execv(argv[1], argv + 1);
	perror(argv[1]);
	return 1;
}
