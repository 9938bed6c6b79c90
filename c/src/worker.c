/* belfry_worker_run: a worker from attach to exit. */
#include "attach.h"
#include "module.h"
#include "reply.h"
#include "signals.h"
#include "worker_state.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

enum { BROKEN = 1 };

static bool request_or_leave(void *context)
{
	struct belfry_worker *worker = context;

	return belfry_ring_has_next(&worker->reader) || belfry_signals_leave();
}

/* A worker that has closed its lifeline or left its group notices the master's end here. */
static int wait_for_signal(void *context)
{
	const struct belfry_worker *worker = context;
	const int result = belfry_signals_wait();

	if (result == -EAGAIN && getppid() != worker->master)
		raise(SIGKILL);
	return result;
}

/* 0, or -EBADF: the doorbell is closed. */
static int enter_state(struct belfry_worker *worker, enum belfry_state state)
{
	/* Pairs with the master's acquire while it waits for this state. */
	atomic_store_explicit(&worker->replies->state, (uint32_t)state, memory_order_release);
	return belfry_eventfd_ring(BELFRY_DOORBELL_FD); /* in each mode, asleep or not */
}

static void begin_busy(const struct belfry_worker *worker, uint64_t now_nanos)
{
	belfry_count(&worker->replies->busy_nanos, 0 - now_nanos);
}

/* Returns now in nanoseconds. */
static uint64_t end_busy(const struct belfry_worker *worker)
{
	const uint64_t now_nanos = belfry_clock_nanos();

	belfry_count(&worker->replies->busy_nanos, now_nanos);
	return now_nanos;
}

/* Nothing, not even a look at the clock, comes between a request and its handling. */
static void wait_for_request(struct belfry_worker *worker)
{
	const uint64_t idle_since_nanos = end_busy(worker);

	worker->sleeper.ready = request_or_leave;
	worker->sleeper.spin_nanos =
		atomic_load_explicit(&worker->requests->spin_nanos, memory_order_relaxed);
	begin_busy(worker, belfry_sleeper_wait(&worker->sleeper, idle_since_nanos));
}

/* Whether it is for one that came before or comes after this incarnation, in whose memory alone its session is. */
static bool is_of_another_session(const struct belfry_worker *worker, uint32_t withdrawn)
{
	const uint32_t mine = (uint32_t)worker->requests->incarnation << BELFRY_SESSION_SHIFT;
	const uint32_t session = withdrawn >> BELFRY_SESSION_SHIFT << BELFRY_SESSION_SHIFT;

	return session != 0 && session != mine;
}

/* Before process(): the master knows which request to blame. True when it was withdrawn. */
static bool take_in_hand(struct belfry_worker *worker)
{
	const uint64_t end = belfry_ring_end(&worker->reader);
	uint32_t withdrawn;

	if (worker->in_hand != end) {
		belfry_store_in_hand(worker, end);
		/* Pairs with the master's, between its store of `withdrawn` and its load of in_hand. */
		atomic_thread_fence(memory_order_seq_cst);
	}
	withdrawn = belfry_ring_withdrawn(&worker->reader, worker->reader.head);
	return (withdrawn & BELFRY_SKIP) != 0 || is_of_another_session(worker, withdrawn);
}

static int handle(struct belfry_worker *worker, const struct belfry_module *module, void *state,
		  const struct belfry_record *record, const void *data)
{
	const struct belfry_request request = {
		.id = record->id,
		.type = record->type,
		.attempt = record->attempt,
		.data = data,
		.size = record->size,
	};
	int code;

	if (take_in_hand(worker))
		return belfry_reply_skip(worker, record);
	belfry_reply_begin(worker);
	code = module->process(worker, state, &request);
	return belfry_reply_finish(worker, record, (uint32_t)code);
}

/* Why it can't go on, in a line on standard error. Returns the exit status. */
static int give_up(const struct belfry_worker *worker, int result)
{
	if (result != -EBADF)
		belfry_complain("the master broke a rule of the rings");
	else if (belfry_attach_has_stderr(worker))
		belfry_complain("descriptor %d, the doorbell to the master, was closed in this "
				"process: a library that closes descriptors has to spare %d and %d",
				BELFRY_DOORBELL_FD, BELFRY_DOORBELL_FD, BELFRY_LIFELINE_FD);
	return BROKEN;
}

/* Serves requests until TERM or INT. 0, or -EBADF or -EPROTO: it can't go on. */
static int serve(struct belfry_worker *worker, const struct belfry_module *module, void *state)
{
	struct belfry_record record;
	const void *data;
	int result = 0;

	begin_busy(worker, belfry_clock_nanos());
	while (result == 0 && !belfry_signals_leave()) {
		result = belfry_ring_next(&worker->reader, &record, &data);
		if (result == -EAGAIN) {
			wait_for_request(worker);
			result = 0;
		} else if (result == 0) {
			result = handle(worker, module, state, &record, data);
			belfry_ring_consume(&worker->reader);
			belfry_ring_look(&worker->reader);
		}
	}
	end_busy(worker);
	if (worker->in_hand > worker->reader.head)
		belfry_store_in_hand(worker, worker->reader.head); /* the following was never begun */
	return result;
}

int belfry_module_run(const struct belfry_module *module, char **arguments)
{
	static struct belfry_worker worker;
	struct belfry_module known;
	char reason[256];
	void *state = NULL;
	int status, result;

	if (!belfry_module_read(module, &known, reason, sizeof reason)) {
		belfry_complain("%s", reason);
		return BELFRY_BAD_MODULE;
	}
	status = belfry_attach(&worker);
	if (status != 0)
		return status;
	worker.sleeper.wait = wait_for_signal;
	worker.arguments = arguments;

	if (known.init != NULL) {
		status = known.init(&worker, &state);
		if (status != 0)
			return status;
	}
	result = enter_state(&worker, BELFRY_READY);
	if (result == 0)
		result = serve(&worker, &known, state);
	if (enter_state(&worker, BELFRY_LEAVING) < 0 && result == 0)
		result = -EBADF;
	if (result < 0)
		status = give_up(&worker, result);
	if (known.fini != NULL)
		known.fini(&worker, state);
	return status;
}

int belfry_worker_run(const struct belfry_module *module)
{
	static char *none[] = {NULL};

	return belfry_module_run(module, none);
}

int belfry_worker_index(const struct belfry_worker *worker)
{
	return (int)worker->requests->slot;
}

int belfry_worker_leaving(const struct belfry_worker *worker)
{
	(void)worker;
	return belfry_signals_leave();
}

/*
 * The space of a request is the master's again once its reply is published, and holds other bytes
 * soon. So what was read there counts only if the same request is still in hand:
 *
 *	the worker's thread             another thread
 *	  begun = 0                       record = begun
 *	  publish the reply (release)     load its `withdrawn` (acquire)
 *	                                  begun is the same?
 */
int belfry_request_abandoned(const struct belfry_worker *worker)
{
	uint64_t begun, now = atomic_load_explicit(&worker->begun, memory_order_acquire);
	uint32_t withdrawn;

	do {
		begun = now;
		if (begun == 0)
			return 0;
		withdrawn = belfry_ring_withdrawn(&worker->reader, begun - 1);
		now = atomic_load_explicit(&worker->begun, memory_order_acquire);
	} while (now != begun);
	return (withdrawn & BELFRY_ABANDONED) != 0;
}

char **belfry_worker_arguments(const struct belfry_worker *worker, int *count)
{
	if (count != NULL) {
		*count = 0;
		while (worker->arguments[*count] != NULL)
			++*count;
	}
	return worker->arguments;
}
