/*
 * A worker that tries what worker.h forbids or promises, as its request says. It replies "ok", or,
 * with code 1, the condition that didn't hold.
 *
 * With an argument it ends early: `init-fails` from init with 42, and `fini` writes a line when it
 * leaves.
 */
#include "emulated.h"

#include <belfry/layout.h>
#include <belfry/worker.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXPECT(condition)                                                                          \
	do {                                                                                       \
		if (!(condition))                                                                  \
			return belfry_reply(worker, #condition, strlen(#condition)), 1;            \
	} while (0)

enum { MAX_SIZE = (64 << 10) - 64 };

static const char *option = "";
static int requests_were_writable;

static int ok(struct belfry_worker *worker)
{
	return -belfry_reply(worker, "ok", 2);
}

static int too_large(struct belfry_worker *worker, const struct belfry_request *request)
{
	static char large[MAX_SIZE + 1];

	(void)request;
	EXPECT(belfry_reply(worker, large, MAX_SIZE + 1) == -EMSGSIZE);
	EXPECT(belfry_reply(worker, large, SIZE_MAX) == -EMSGSIZE);
	errno = 0;
	EXPECT(belfry_reply_claim(worker, MAX_SIZE + 1) == NULL && errno == EMSGSIZE);
	EXPECT(belfry_reply_claim(worker, MAX_SIZE) != NULL);
	return ok(worker);
}

static int second_reply(struct belfry_worker *worker, const struct belfry_request *request)
{
	(void)request;
	EXPECT(ok(worker) == 0);
	if (belfry_reply(worker, "no", 2) != -EALREADY)
		return 2;
	errno = 0;
	if (belfry_reply_claim(worker, 2) != NULL || errno != EALREADY)
		return 3;
	return belfry_reply_commit(worker, 2) == -EALREADY ? 0 : 4;
}

static int wrong_commit(struct belfry_worker *worker, const struct belfry_request *request)
{
	char *reply;

	(void)request;
	EXPECT(belfry_reply_commit(worker, 0) == -EINVAL);
	EXPECT(belfry_reply(worker, NULL, 1) == -EINVAL);
	reply = belfry_reply_claim(worker, 3);
	EXPECT(reply != NULL && (uintptr_t)reply % 8 == 0);
	EXPECT(belfry_reply_commit(worker, 4) == -EINVAL);
	memcpy(reply, "okay", 3);
	return -belfry_reply_commit(worker, 2);
}

static int claim_twice(struct belfry_worker *worker, const struct belfry_request *request)
{
	char *reply;

	(void)request;
	reply = belfry_reply_claim(worker, 1000);
	EXPECT(reply != NULL);
	memset(reply, 'x', 1000);
	EXPECT(belfry_reply_claim(worker, belfry_reply_max(worker) + 1) == NULL);
	EXPECT(belfry_reply_claim(worker, belfry_reply_max(worker)) == reply);
	EXPECT(reply[0] == 'x' && reply[999] == 'x');
	reply = belfry_reply_claim(worker, 2);
	EXPECT(reply != NULL);
	EXPECT(belfry_reply_commit(worker, 3) == -EINVAL);
	memcpy(reply, "ok", 2);
	return -belfry_reply(worker, reply, 2); /* from where it is claimed */
}

/* In the child: a bit for each promise that doesn't hold. */
static int wrong_in_child(const struct belfry_request *request)
{
	struct sigaction term;
	unsigned char resident;
	sigset_t blocked;
	const uintptr_t page = (uintptr_t)request->data & ~(uintptr_t)(sysconf(_SC_PAGESIZE) - 1);
	int wrong = 0;

	sigprocmask(SIG_BLOCK, NULL, &blocked);
	sigaction(SIGTERM, NULL, &term);
	if (sigismember(&blocked, SIGUSR1))
		wrong |= 1;
	if (mincore((void *)page, 1, &resident) == 0 || errno != ENOMEM)
		wrong |= 2;
	if (term.sa_handler != SIG_DFL)
		wrong |= 4;
	return wrong;
}

static int fork_child(struct belfry_worker *worker, const struct belfry_request *request)
{
	sigset_t blocked;
	int status;
	const pid_t child = fork();

	EXPECT(child >= 0);
	if (child == 0)
		_exit(wrong_in_child(request));
	EXPECT(waitpid(child, &status, 0) == child && WIFEXITED(status));
	EXPECT((WEXITSTATUS(status) & 1) == 0);
	EXPECT((WEXITSTATUS(status) & 2) == 0 || is_emulated()); /* which lacks MADV_DONTFORK */
	EXPECT((WEXITSTATUS(status) & 4) == 0);
	sigprocmask(SIG_BLOCK, NULL, &blocked);
	EXPECT(sigismember(&blocked, SIGUSR1));
	return ok(worker);
}

static int write_request(struct belfry_worker *worker, const struct belfry_request *request)
{
	const size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	const uintptr_t page = (uintptr_t)request->data & ~(uintptr_t)(page_bytes - 1);

	EXPECT(!requests_were_writable);
	EXPECT(mprotect((void *)page, page_bytes, PROT_READ | PROT_WRITE) < 0);
	return ok(worker);
}

static int look_at_descriptors(struct belfry_worker *worker, const struct belfry_request *request)
{
	(void)request;
	EXPECT(fcntl(3, F_GETFD) < 0 && fcntl(4, F_GETFD) < 0);
	EXPECT(fcntl(5, F_GETFD) == FD_CLOEXEC && fcntl(6, F_GETFD) == FD_CLOEXEC);
	EXPECT(getenv("BELFRY_VERSION") == NULL);
	return ok(worker);
}

/* Is the page of that address left out of core dumps, as smaps(5) says? */
static bool is_left_out(const void *address)
{
	FILE *maps = fopen("/proc/self/smaps", "re");
	unsigned long first, end;
	bool inside = false, left_out = false;
	char line[512];

	while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
		if (sscanf(line, "%lx-%lx ", &first, &end) == 2)
			inside = (uintptr_t)address >= first && (uintptr_t)address < end;
		else if (inside && strncmp(line, "VmFlags:", 8) == 0)
			left_out = strstr(line, " dd") != NULL;
	}
	if (maps != NULL)
		fclose(maps);
	return left_out;
}

static int left_out_of_dumps(struct belfry_worker *worker, const struct belfry_request *request)
{
	const bool wanted = getenv("BELFRY_DUMP_RINGS") == NULL;

	EXPECT(is_left_out(request->data) == wanted);
	EXPECT(is_left_out(belfry_reply_claim(worker, 1)) == wanted);
	return ok(worker);
}

/* A reply that is more than half of the ring. */
static int large(struct belfry_worker *worker, const struct belfry_request *request)
{
	enum { SIZE = 40000 };
	char *reply = belfry_reply_claim(worker, SIZE);

	(void)request;
	EXPECT(reply != NULL);
	memset(reply, 'x', SIZE - 1);
	reply[SIZE - 1] = 'y';
	return -belfry_reply_commit(worker, SIZE);
}

static pthread_t thread;
static _Atomic pid_t thread_id; /* 0 before it runs */

static void *pause_for_ever(void *unused)
{
	(void)unused;
	atomic_store(&thread_id, (pid_t)syscall(SYS_gettid));
	for (;;)
		pause();
	return NULL;
}

/* Starts a thread that may get TERM. Replies its id, as four bytes. */
static int start_thread(struct belfry_worker *worker, const struct belfry_request *request)
{
	pid_t reply;

	(void)request;
	EXPECT(pthread_create(&thread, NULL, pause_for_ever, NULL) == 0);
	while ((reply = atomic_load(&thread_id)) == 0)
		sched_yield();
	return -belfry_reply(worker, &reply, sizeof reply);
}

static void *await_leaving(void *worker)
{
	while (!belfry_worker_leaving(worker))
		sched_yield();
	return worker;
}

/* TERM with a request in hand, while a thread of its own looks for that. */
static int term_itself(struct belfry_worker *worker, const struct belfry_request *request)
{
	pthread_t looking;
	void *seen = NULL;

	(void)request;
	EXPECT(belfry_worker_arguments(worker, NULL)[0] == NULL);
	EXPECT(belfry_worker_leaving(worker) == 0);
	EXPECT(pthread_create(&looking, NULL, await_leaving, worker) == 0);
	raise(SIGTERM);
	EXPECT(pthread_join(looking, &seen) == 0 && seen == worker);
	EXPECT(belfry_worker_leaving(worker) == 1);
	return ok(worker);
}

/* Before its bytes lies the word by which the master withdraws it. */
static uint32_t withdrawn(const struct belfry_request *request)
{
	const void *word = (const char *)request->data - sizeof(struct belfry_record) +
			   offsetof(struct belfry_record, withdrawn);

	return atomic_load((const _Atomic uint32_t *)word);
}

/* Stops until the master has withdrawn it. */
static int abandoned(struct belfry_worker *worker, const struct belfry_request *request)
{
	EXPECT(belfry_request_abandoned(worker) == 0);
	raise(SIGSTOP);
	EXPECT((withdrawn(request) & BELFRY_ABANDONED) != 0);
	EXPECT(belfry_request_abandoned(worker) == 1);
	return ok(worker);
}

static int moved(struct belfry_worker *worker, const struct belfry_request *request)
{
	raise(SIGSTOP);
	EXPECT(withdrawn(request) == BELFRY_SKIP);
	EXPECT(belfry_request_abandoned(worker) == 0);
	return ok(worker);
}

static pthread_t watcher;
static atomic_bool watching, saw_abandoned;

static void *watch_for_abandoned(void *worker)
{
	while (atomic_load(&watching))
		if (belfry_request_abandoned(worker))
			atomic_store(&saw_abandoned, true);
	return NULL;
}

/* Starts a thread that asks all the time whether the request in hand is abandoned. */
static int watch(struct belfry_worker *worker, const struct belfry_request *request)
{
	(void)request;
	atomic_store(&watching, true);
	EXPECT(pthread_create(&watcher, NULL, watch_for_abandoned, worker) == 0);
	return ok(worker);
}

static int end_watch(struct belfry_worker *worker, const struct belfry_request *request)
{
	(void)request;
	atomic_store(&watching, false);
	EXPECT(pthread_join(watcher, NULL) == 0);
	EXPECT(!atomic_load(&saw_abandoned));
	return ok(worker);
}

static int process(struct belfry_worker *worker, void *state, const struct belfry_request *request)
{
	static const struct {
		const char *name;
		int (*act)(struct belfry_worker *worker, const struct belfry_request *request);
	} actions[] = {
		{"too-large", too_large},
		{"second-reply", second_reply},
		{"wrong-commit", wrong_commit},
		{"claim-twice", claim_twice},
		{"fork", fork_child},
		{"write-request", write_request},
		{"descriptors", look_at_descriptors},
		{"dumps", left_out_of_dumps},
		{"term", term_itself},
		{"large", large},
		{"thread", start_thread},
		{"abandoned", abandoned},
		{"moved", moved},
		{"watch", watch},
		{"end-watch", end_watch},
	};

	EXPECT(strcmp(state, "state of init") == 0);
	for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
		if (request->size == strlen(actions[i].name) &&
		    memcmp(request->data, actions[i].name, request->size) == 0)
			return actions[i].act(worker, request);
	}
	return 99;
}

static int init(struct belfry_worker *worker, void **state)
{
	static char text[] = "state of init";

	EXPECT(*state == NULL);
	EXPECT(belfry_reply(worker, "", 0) == -EINVAL);
	EXPECT(belfry_request_abandoned(worker) == 0);
	*state = text;
	return strcmp(option, "init-fails") == 0 ? 42 : 0;
}

static void fini(struct belfry_worker *worker, void *state)
{
	if (atomic_load(&thread_id) != 0) {
		pthread_cancel(thread);
		pthread_join(thread, NULL);
	}
	if (strcmp(option, "fini") == 0)
		fprintf(stderr, "fini with the %s: %d\n", (char *)state,
			belfry_reply(worker, "", 0) == -EINVAL);
}

int main(int argc, char **argv)
{
	static const struct belfry_module module =
		BELFRY_MODULE(.init = init, .process = process, .fini = fini);

	if (argc > 1)
		option = argv[1];
	requests_were_writable =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, 3, 0) != MAP_FAILED;
	return belfry_worker_run(&module);
}
