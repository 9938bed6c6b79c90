/*
 * A worker of a Belfry pool: a process that a Java program starts, supervises and sends requests.
 *
 *	#include <belfry/worker.h>
 *
 *	static int process(struct belfry_worker *worker, void *state,
 *	                   const struct belfry_request *request)
 *	{
 *		return -belfry_reply(worker, request->data, request->size);
 *	}
 *
 *	int main(void)
 *	{
 *		static const struct belfry_module module = BELFRY_MODULE(.process = process);
 *
 *		return belfry_worker_run(&module);
 *	}
 *
 * C11, and C++14 or later. Link with belfry::worker (CMake) or belfry-worker (pkg-config).
 *
 * Threads: init, process and fini run in the thread that called belfry_worker_run, one after the
 * other, and only that thread may call the functions below that don't say "any thread". Start
 * threads of your own from init, so that they inherit the blocked SIGUSR1.
 *
 * Signals: SIGUSR1 belongs to Belfry. SIGTERM and SIGINT end the worker after the request in hand:
 * its reply is published, fini runs, the process exits with 0. A child made by fork gets SIGUSR1
 * unblocked, SIGTERM and SIGINT with their defaults, and sees nothing of the shared memory; with
 * posix_spawn set the mask yourself (posix_spawnattr_setsigmask).
 *
 * process runs at least once for each request: when a worker dies with a request in hand, that
 * request is handed out again with the next `attempt`.
 *
 * Memory: the library owns the worker and all memory that it hands out. Sizes are in bytes.
 */
#ifndef BELFRY_WORKER_H
#define BELFRY_WORKER_H

#include <stddef.h>
#include <stdint.h>

/*
 * Seen from outside whatever -fvisibility says. A shared object with one line instead of a main is
 * a module that the program belfry-host loads; it links with nothing:
 *
 *	BELFRY_EXPORT const struct belfry_module belfry_module = BELFRY_MODULE(.process = process);
 */
#ifdef __cplusplus
#define BELFRY_EXPORT extern "C" __attribute__((visibility("default")))
#else
#define BELFRY_EXPORT __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

struct belfry_worker; /* this process as a worker */

struct belfry_request {
	uint64_t id;	  /* unique in its pool, the same at each attempt */
	uint32_t type;	  /* what the caller gave; 0 for submit(byte[]) and call(byte[]) */
	uint32_t attempt; /* from 1 */
	const void *data; /* shared memory, aligned to 8, read-only, valid until process returns */
	size_t size;	  /* in bytes, maybe 0 */
};

/*
 * What the worker does; BELFRY_MODULE initializes it. init and fini may be NULL. Later versions add
 * members at the end, and a worker or module that was compiled before goes on working: `size` tells
 * that it lacks them.
 */
struct belfry_module {
	size_t size; /* sizeof(struct belfry_module) */

	/*
	 * Once, before the first request. `*state` is NULL and what it sets is handed to the
	 * others. 0, or the process exits with the result, 1 to 255.
	 */
	int (*init)(struct belfry_worker *worker, void **state);

	/*
	 * For each request, in the order of their arrival. 0, or a positive code of the worker's
	 * own that the caller gets as WorkerFaultException, with the reply's bytes as its detail.
	 * One reply is published when it returns: what was given to belfry_reply or committed,
	 * otherwise an empty one.
	 */
	int (*process)(struct belfry_worker *worker, void *state,
		       const struct belfry_request *request);

	/* Once, after the last request; `state` is the module's own to free. */
	void (*fini)(struct belfry_worker *worker, void *state);
};

/*
 * The whole of main: attaches to the master, runs init, serves requests until SIGTERM or SIGINT,
 * runs fini. To be called once. `module` is borrowed until it returns. Returns the exit status:
 *	0   SIGTERM or SIGINT came
 *	1   the system refused something, or the master broke a rule of the rings
 *	2   there is no master, or it has another layout version, or `module` has a size of 0 or one
 *	    that this version doesn't know, or has no process
 * or what init returned, without a call of fini. 1 and 2 say why in a line on standard error.
 */
BELFRY_EXPORT int belfry_worker_run(const struct belfry_module *module);

/*
 * The reply to the request in hand: `size` bytes are copied. Blocks while the ring of replies is
 * full. 0, or
 *	-EMSGSIZE   larger than a reply can be (the ring less 64 bytes); nothing was replied
 *	-EALREADY   this request has its reply
 *	-EINVAL     no request is in hand, or `data` is NULL and `size` isn't 0
 *	-EPROTO     the master's side of the ring is broken; the worker exits when process returns
 */
BELFRY_EXPORT int belfry_reply(struct belfry_worker *worker, const void *data, size_t size);

/*
 * The same without a copy: memory for a reply of up to `size` bytes, aligned to 8, with unspecified
 * content, valid until process returns. Blocks while the ring of replies is full. NULL with errno
 * EMSGSIZE, EALREADY, EINVAL or EPROTO, as above. May be called again before the commit: the memory
 * and its content are the same, and the last size counts.
 */
BELFRY_EXPORT void *belfry_reply_claim(struct belfry_worker *worker, size_t size);

/* The largest reply in bytes: the ring less 64. */
BELFRY_EXPORT size_t belfry_reply_max(const struct belfry_worker *worker);

/*
 * Fixes the size of the claimed reply; a claim never committed is an empty reply. 0, or
 *	-EALREADY   this request has its reply
 *	-EINVAL     nothing is claimed, or less than `size`
 */
BELFRY_EXPORT int belfry_reply_commit(struct belfry_worker *worker, size_t size);

/* The worker's index in its pool, from 0, the same after a restart. Any thread. */
BELFRY_EXPORT int belfry_worker_index(const struct belfry_worker *worker);

/*
 * Has the worker been asked to end, by SIGTERM or SIGINT? For a process that runs long: the pool
 * waits for the request in hand only for so long. 0 or 1. Any thread.
 */
BELFRY_EXPORT int belfry_worker_leaving(const struct belfry_worker *worker);

/*
 * Has the caller given up the request in hand, by cancelling its future for example? For a process
 * that runs long: its reply reaches no caller any more, so it may return at once, with any reply.
 * 0 or 1; 0 while no request is in hand. Any thread.
 */
BELFRY_EXPORT int belfry_request_abandoned(const struct belfry_worker *worker);

/*
 * What belfry-host was given after MODULE.so; no arguments for any other program, whose main has
 * its own. Never NULL: ends with a NULL behind the last one. `count` may be NULL. The strings are
 * the module's to change, as those of main are, and live until the process ends. Any thread.
 */
BELFRY_EXPORT char **belfry_worker_arguments(const struct belfry_worker *worker, int *count);

#ifdef __cplusplus
} /* extern "C" */
#endif

/*
 * The initializer of a struct belfry_module, which fills in its size; a constant:
 *
 *	static const struct belfry_module module = BELFRY_MODULE(.process = process);
 *
 * The arguments initialize the members after `size`. C++ has such designators from C++20 on, in the
 * order of the members; before, leave out the names and give each:
 *
 *	static const belfry_module module = BELFRY_MODULE(nullptr, process, nullptr);
 */
#ifdef __cplusplus
#define BELFRY_MODULE(...) belfry_module_of(belfry_module_members{__VA_ARGS__})

/* struct belfry_module without its size. */
struct belfry_module_members {
	decltype(belfry_module::init) init = nullptr;
	decltype(belfry_module::process) process = nullptr;
	decltype(belfry_module::fini) fini = nullptr;
};

constexpr belfry_module belfry_module_of(const belfry_module_members &members)
{
	return {sizeof(belfry_module), members.init, members.process, members.fini};
}
#else
#define BELFRY_MODULE(...) {.size = sizeof(struct belfry_module), __VA_ARGS__}
#endif

#endif
