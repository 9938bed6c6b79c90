/* belfry_worker_run: a worker from attach to exit. */
#include "attach.h"
#include "reply.h"
#include "signals.h"
#include "worker_state.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

enum { PROTOCOL_BROKEN = 1 };

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

static void enter_state(struct belfry_worker *worker, enum belfry_state state)
{
	/* Pairs with the master's acquire while it waits for this state. */
	atomic_store_explicit(&worker->replies->state, (uint32_t)state, memory_order_release);
	belfry_eventfd_ring(BELFRY_DOORBELL_FD); /* in each mode, asleep or not */
}

/* Adds to the busy time up to now, and returns now in nanoseconds. */
static uint64_t end_busy(const struct belfry_worker *worker)
{
	const uint64_t now_nanos = belfry_clock_nanos();

	belfry_count(&worker->replies->busy_nanos, now_nanos - worker->busy_since_nanos);
	return now_nanos;
}

/* Nothing, not even a look at the clock, comes between a request and its handling. */
static void wait_for_request(struct belfry_worker *worker)
{
	const uint64_t idle_since_nanos = end_busy(worker);

	worker->sleeper.ready = request_or_leave;
	worker->busy_since_nanos = belfry_sleeper_wait(&worker->sleeper, idle_since_nanos);
}

static void store_in_hand(struct belfry_worker *worker, uint64_t end)
{
	worker->in_hand = end;
	atomic_store_explicit(&worker->replies->in_hand, end, memory_order_relaxed);
}

/* Before process(): the master knows which request to blame. True when it was withdrawn. */
static bool take_in_hand(struct belfry_worker *worker)
{
	const uint64_t end = belfry_ring_end(&worker->reader);

	if (worker->in_hand != end) {
		store_in_hand(worker, end);
		/* Pairs with the master's, between its store of `withdrawn` and its load of in_hand. */
		atomic_thread_fence(memory_order_seq_cst);
	}
	return (belfry_ring_withdrawn(&worker->reader) & BELFRY_SKIP) != 0;
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

/* Serves requests until TERM or INT. Returns the exit status. */
static int serve(struct belfry_worker *worker, const struct belfry_module *module, void *state)
{
	struct belfry_record record;
	const void *data;
	int result = 0;

	worker->busy_since_nanos = belfry_clock_nanos();
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
	if (worker->in_hand > belfry_ring_end(&worker->reader))
		store_in_hand(worker, 0); /* taken in hand, and never begun */
	if (result == 0)
		return 0;
	belfry_complain("the master broke a rule of the rings");
	return PROTOCOL_BROKEN;
}

int belfry_worker_run(const struct belfry_module *module)
{
	static struct belfry_worker worker;
	void *state = NULL;
	int status;

	status = belfry_attach(&worker);
	if (status != 0)
		return status;
	worker.sleeper.wait = wait_for_signal;

	if (module->init != NULL) {
		status = module->init(&worker, &state);
		if (status != 0)
			return status;
	}
	enter_state(&worker, BELFRY_READY);
	status = serve(&worker, module, state);
	enter_state(&worker, BELFRY_LEAVING);
	if (module->fini != NULL)
		module->fini(&worker, state);
	return status;
}
