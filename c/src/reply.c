/*
 * belfry_reply, belfry_reply_claim and belfry_reply_commit write to where the ring's next record
 * begins. Only belfry_reply_finish publishes it, so a process that dies before has replied nothing.
 */
#include "reply.h"

#include "worker_state.h"

#include <errno.h>
#include <string.h>

static bool room_or_error(void *context)
{
	struct belfry_worker *worker = context;

	return belfry_ring_claim(&worker->writer, worker->reply.wanted) != -EAGAIN;
}

static int wait_for_room(struct belfry_worker *worker, size_t size)
{
	int result = belfry_ring_claim(&worker->writer, size);

	if (result != -EAGAIN)
		return result;
	/* TERM doesn't end this wait: the master takes replies, or the worker ends with it. */
	worker->reply.wanted = size;
	worker->sleeper.ready = room_or_error;
	belfry_sleeper_wait(&worker->sleeper, belfry_clock_nanos());
	return belfry_ring_claim(&worker->writer, size);
}

static int claim(struct belfry_worker *worker, size_t size)
{
	int result;

	if (!worker->reply.expected)
		return -EINVAL;
	if (worker->reply.fixed)
		return -EALREADY;
	result = wait_for_room(worker, size);
	if (result < 0)
		return result;
	worker->reply.claimed = true;
	worker->reply.size = size;
	return 0;
}

static void fix(struct belfry_worker *worker, size_t size)
{
	worker->reply.fixed = true;
	worker->reply.size = size;
}

int belfry_reply(struct belfry_worker *worker, const void *data, size_t size)
{
	int result;

	if (data == NULL && size > 0)
		return -EINVAL;
	result = claim(worker, size);
	if (result < 0)
		return result;
	/* Not memcpy: `data` may lie in memory that was claimed before. */
	if (size > 0)
		memmove(belfry_ring_payload(&worker->writer), data, size);
	fix(worker, size);
	return 0;
}

void *belfry_reply_claim(struct belfry_worker *worker, size_t size)
{
	const int result = claim(worker, size);

	if (result < 0) {
		errno = -result;
		return NULL;
	}
	return belfry_ring_payload(&worker->writer);
}

size_t belfry_reply_max(const struct belfry_worker *worker)
{
	return belfry_ring_max_size(worker->writer.ring_bytes);
}

int belfry_reply_commit(struct belfry_worker *worker, size_t size)
{
	if (worker->reply.fixed)
		return -EALREADY;
	if (!worker->reply.claimed || size > worker->reply.size)
		return -EINVAL;
	fix(worker, size);
	return 0;
}

void belfry_reply_begin(struct belfry_worker *worker)
{
	worker->reply = (struct belfry_reply_state){.expected = true};
	/* Pairs with the acquire in belfry_request_abandoned: the record is there. */
	atomic_store_explicit(&worker->begun, worker->reader.head + 1, memory_order_release);
}

/*
 * The request after this one is taken in hand here already, before the fence that the doorbell needs
 * anyway: a fence of its own for each request would cost 9 ns.
 */
static void take_following_in_hand(struct belfry_worker *worker)
{
	const uint64_t end = belfry_ring_following_end(&worker->reader);

	if (end != 0 && worker->ringer.doorbell == BELFRY_ADAPTIVE)
		belfry_store_in_hand(worker, end);
}

static int publish(struct belfry_worker *worker, const struct belfry_record *record)
{
	const int result = wait_for_room(worker, record->size);

	if (result < 0)
		return result;
	worker->reply.expected = false;
	atomic_store_explicit(&worker->begun, 0, memory_order_relaxed);
	/* Before publication: a master that has n replies never reads a smaller count. */
	belfry_count(record->flags == BELFRY_SKIPPED ? &worker->replies->skips
						     : &worker->replies->answered,
		     1);
	if (record->code != 0)
		belfry_count(&worker->replies->faults, 1);
	belfry_ring_publish(&worker->writer, record);
	take_following_in_hand(worker);
	if (belfry_ringer_must_ring(&worker->ringer))
		return belfry_eventfd_ring(BELFRY_DOORBELL_FD);
	return 0;
}

int belfry_reply_finish(struct belfry_worker *worker, const struct belfry_record *request,
			uint32_t code)
{
	const struct belfry_record record = {
		.size = worker->reply.fixed ? (uint32_t)worker->reply.size : 0,
		.type = request->type,
		.id = request->id,
		.code = code,
	};

	return publish(worker, &record);
}

int belfry_reply_skip(struct belfry_worker *worker, const struct belfry_record *request)
{
	const struct belfry_record record = {
		.type = request->type,
		.id = request->id,
		.flags = BELFRY_SKIPPED,
	};

	return publish(worker, &record);
}
