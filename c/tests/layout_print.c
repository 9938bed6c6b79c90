/* Prints layout.h as compiled, a line for each name, for the Java test of Layout.java. */
#include <belfry/layout.h>

#include <stdio.h>

#define CONSTANT(name) printf("%s %lld\n", #name, (long long)(name))
#define SIZE(type) printf("%s %zu\n", #type, sizeof(struct belfry_##type))
#define OFFSET(type, member)                                                                       \
	printf("%s.%s %zu\n", #type, #member, offsetof(struct belfry_##type, member))

static void print_constants(void)
{
	CONSTANT(BELFRY_LAYOUT_VERSION);
	CONSTANT(BELFRY_REQUESTS_MAGIC);
	CONSTANT(BELFRY_REPLIES_MAGIC);
	CONSTANT(BELFRY_REQUESTS_FD);
	CONSTANT(BELFRY_REPLIES_FD);
	CONSTANT(BELFRY_DOORBELL_FD);
	CONSTANT(BELFRY_LIFELINE_FD);
	CONSTANT(BELFRY_ADAPTIVE);
	CONSTANT(BELFRY_ALWAYS);
	CONSTANT(BELFRY_SPIN);
	CONSTANT(BELFRY_STARTING);
	CONSTANT(BELFRY_READY);
	CONSTANT(BELFRY_LEAVING);
	CONSTANT(BELFRY_SKIP);
	CONSTANT(BELFRY_ABANDONED);
	CONSTANT(BELFRY_SESSION_SHIFT);
	CONSTANT(BELFRY_SKIPPED);
	CONSTANT(BELFRY_MIN_RING_BYTES);
	CONSTANT(BELFRY_MAX_RING_BYTES);
	CONSTANT(BELFRY_RING_RESERVE);
}

static void print_requests(void)
{
	SIZE(requests);
	OFFSET(requests, magic);
	OFFSET(requests, version);
	OFFSET(requests, header_bytes);
	OFFSET(requests, ring_bytes);
	OFFSET(requests, doorbell);
	OFFSET(requests, slot);
	OFFSET(requests, spin_nanos);
	OFFSET(requests, pool);
	OFFSET(requests, request_tail);
	OFFSET(requests, submitted);
	OFFSET(requests, reply_head);
	OFFSET(requests, master_sleep);
	OFFSET(requests, resume);
	OFFSET(requests, incarnation);
	OFFSET(requests, past_answered);
	OFFSET(requests, past_faults);
	OFFSET(requests, past_busy_nanos);
	OFFSET(requests, past_wakes);
	OFFSET(requests, past_signals);
	OFFSET(requests, past_rescues);
	OFFSET(requests, deaths);
	OFFSET(requests, left);
	OFFSET(requests, master_rescues);
	OFFSET(requests, breaker_open);
	OFFSET(requests, ended_nanos);
	OFFSET(requests, summed);
	OFFSET(requests, withdrawn);
	OFFSET(requests, timed_out);
	OFFSET(requests, queued);
	OFFSET(requests, queue_withdrawn);
	OFFSET(requests, queue_timed_out);
}

static void print_replies(void)
{
	SIZE(replies);
	OFFSET(replies, magic);
	OFFSET(replies, version);
	OFFSET(replies, header_bytes);
	OFFSET(replies, ring_bytes);
	OFFSET(replies, incarnation);
	OFFSET(replies, reply_tail);
	OFFSET(replies, worker_sleep);
	OFFSET(replies, state);
	OFFSET(replies, pid);
	OFFSET(replies, in_hand);
	OFFSET(replies, answered);
	OFFSET(replies, faults);
	OFFSET(replies, busy_nanos);
	OFFSET(replies, wakes);
	OFFSET(replies, signals);
	OFFSET(replies, rescues);
	OFFSET(replies, skips);
}

static void print_record(void)
{
	SIZE(record);
	OFFSET(record, size);
	OFFSET(record, type);
	OFFSET(record, id);
	OFFSET(record, attempt);
	OFFSET(record, code);
	OFFSET(record, withdrawn);
	OFFSET(record, flags);
}

int main(void)
{
	print_constants();
	print_requests();
	print_replies();
	print_record();
	return 0;
}
