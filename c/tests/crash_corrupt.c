/*
 * One rule of the shared memory broken by each function below, with the library's own structures:
 *
 *	tail         reply_tail beyond what the ring holds
 *	back         reply_tail before where it was
 *	misaligned   reply_tail that isn't a multiple of 8, behind a good reply
 *	short        reply_tail in the middle of a record's header
 *	size         a record longer than what reply_tail says
 *	huge         a record longer than the ring, 4 GiB - 1
 *	id           a reply to a request that doesn't exist
 *	type         a reply with another type than its request's
 *	twice        the reply, and the same once more
 *	early        the reply, and one to the next id, before there is such a request
 *	state        a state that doesn't exist
 */
#include "crash_corrupt.h"

#include "worker_state.h"

#include <errno.h>
#include <string.h>

static void store_tail(struct belfry_worker *worker, uint64_t tail)
{
	atomic_store_explicit(&worker->replies->reply_tail, tail, memory_order_release);
}

static struct belfry_record right_reply(const struct belfry_request *request)
{
	return (struct belfry_record){.type = request->type, .id = request->id};
}

/* Publishes the record unchanged: the tail advances by `bytes`, whatever the record's size. */
static void put(struct belfry_worker *worker, const struct belfry_record *record, uint64_t bytes)
{
	void *payload = belfry_ring_payload(&worker->writer);

	memcpy((unsigned char *)payload - sizeof *record, record, sizeof *record);
	worker->writer.tail += bytes;
	store_tail(worker, worker->writer.tail);
}

static void corrupt_tail(struct belfry_worker *worker, const struct belfry_request *request)
{
	(void)request;
	store_tail(worker, worker->writer.tail + 2 * (uint64_t)worker->writer.ring_bytes);
}

static void corrupt_back(struct belfry_worker *worker, const struct belfry_request *request)
{
	(void)request;
	store_tail(worker, worker->writer.tail - sizeof(struct belfry_record));
}

static void corrupt_misaligned(struct belfry_worker *worker, const struct belfry_request *request)
{
	const struct belfry_record record = right_reply(request);

	put(worker, &record, sizeof record + 4);
}

static void corrupt_short(struct belfry_worker *worker, const struct belfry_request *request)
{
	const struct belfry_record record = right_reply(request);

	put(worker, &record, sizeof record - 8);
}

static void corrupt_size(struct belfry_worker *worker, const struct belfry_request *request)
{
	struct belfry_record record = right_reply(request);

	record.size = 1024;
	put(worker, &record, sizeof record);
}

static void corrupt_huge(struct belfry_worker *worker, const struct belfry_request *request)
{
	struct belfry_record record = right_reply(request);

	record.size = UINT32_MAX;
	put(worker, &record, sizeof record);
}

static void corrupt_id(struct belfry_worker *worker, const struct belfry_request *request)
{
	struct belfry_record record = right_reply(request);

	record.id ^= UINT64_C(1) << 62;
	put(worker, &record, sizeof record);
}

static void corrupt_type(struct belfry_worker *worker, const struct belfry_request *request)
{
	struct belfry_record record = right_reply(request);

	record.type++;
	put(worker, &record, sizeof record);
}

static void corrupt_twice(struct belfry_worker *worker, const struct belfry_request *request)
{
	const struct belfry_record record = right_reply(request);

	put(worker, &record, sizeof record);
	put(worker, &record, sizeof record);
}

static void corrupt_early(struct belfry_worker *worker, const struct belfry_request *request)
{
	struct belfry_record record = right_reply(request);

	put(worker, &record, sizeof record);
	record.id++;
	put(worker, &record, sizeof record);
}

static void corrupt_state(struct belfry_worker *worker, const struct belfry_request *request)
{
	(void)request;
	atomic_store_explicit(&worker->replies->state, 77, memory_order_release);
}

int crash_corrupt(struct belfry_worker *worker, const struct belfry_request *request,
		  const char *what, size_t size)
{
	static const struct {
		const char *what;
		void (*act)(struct belfry_worker *worker, const struct belfry_request *request);
	} rules[] = {
		{"tail", corrupt_tail},
		{"back", corrupt_back},
		{"misaligned", corrupt_misaligned},
		{"short", corrupt_short},
		{"size", corrupt_size},
		{"huge", corrupt_huge},
		{"id", corrupt_id},
		{"type", corrupt_type},
		{"twice", corrupt_twice},
		{"early", corrupt_early},
		{"state", corrupt_state},
	};

	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		if (size != strlen(rules[i].what) || memcmp(what, rules[i].what, size) != 0)
			continue;
		rules[i].act(worker, request);
		belfry_eventfd_ring(BELFRY_DOORBELL_FD);
		return 0;
	}
	return -EINVAL;
}
