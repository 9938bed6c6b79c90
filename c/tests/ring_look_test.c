/* When a reader pauses before it looks for more. */
#include "check.h"
#include "ring.h"

enum { RECORD = 96, MUCH = 64 * RECORD, CLOSE = 8, WITHOUT = 64 };

static _Atomic uint64_t tail;

static struct belfry_ring_reader new_reader(void)
{
	struct belfry_ring_reader reader;

	belfry_ring_reader_init(&reader, NULL, BELFRY_MIN_RING_BYTES, 0);
	reader.published_tail = &tail;
	atomic_store(&tail, 0);
	return reader;
}

/* After a look at an empty ring: so many bytes published and consumed. */
static void stream(struct belfry_ring_reader *reader, uint64_t bytes)
{
	atomic_fetch_add(&tail, bytes);
	belfry_ring_look(reader);
	CHECK(reader->tail == atomic_load(&tail));
	reader->head = reader->tail;
}

static bool waits(const struct belfry_ring_reader *reader)
{
	return reader->close_looks >= CLOSE;
}

static void stream_closely(struct belfry_ring_reader *reader, int looks)
{
	for (int i = 0; i < looks; i++) {
		CHECK(!waits(reader));
		stream(reader, RECORD);
	}
}

static void it_waits_once_it_has_found_little_for_a_while(void)
{
	struct belfry_ring_reader reader = new_reader();

	stream_closely(&reader, CLOSE);
	CHECK(waits(&reader));
}

static void it_goes_on_waiting_while_it_then_finds_much(void)
{
	struct belfry_ring_reader reader = new_reader();

	stream_closely(&reader, CLOSE);
	for (int i = 0; i < 3 * CLOSE; i++) {
		stream(&reader, MUCH);
		CHECK(waits(&reader));
	}
}

static void it_waits_no_more_for_a_while_when_that_did_not_help(void)
{
	struct belfry_ring_reader reader = new_reader();

	stream_closely(&reader, CLOSE);
	stream(&reader, RECORD);
	stream_closely(&reader, WITHOUT + CLOSE);
	CHECK(waits(&reader));
}

static void it_waits_no_more_when_there_is_nothing(void)
{
	struct belfry_ring_reader reader = new_reader();

	stream_closely(&reader, CLOSE);
	stream(&reader, 0);
	stream_closely(&reader, CLOSE);
	CHECK(waits(&reader));
}

static void requests_one_at_a_time_are_never_waited_before(void)
{
	struct belfry_ring_reader reader = new_reader();

	for (int i = 0; i < 3 * CLOSE; i++) {
		stream(&reader, 0);
		stream(&reader, RECORD);
		CHECK(!waits(&reader));
	}
}

static void much_without_a_wait_is_no_reason_for_one(void)
{
	struct belfry_ring_reader reader = new_reader();

	stream_closely(&reader, CLOSE - 1);
	stream(&reader, MUCH);
	stream_closely(&reader, CLOSE - 1);
	CHECK(!waits(&reader));
}

static void what_is_known_to_be_there_needs_no_look(void)
{
	struct belfry_ring_reader reader = new_reader();

	atomic_store(&tail, RECORD);
	CHECK(belfry_ring_has_next(&reader));
	atomic_store(&tail, MUCH);
	belfry_ring_look(&reader);
	CHECK(reader.tail == RECORD);
}

int main(void)
{
	RUN(it_waits_once_it_has_found_little_for_a_while);
	RUN(it_goes_on_waiting_while_it_then_finds_much);
	RUN(it_waits_no_more_for_a_while_when_that_did_not_help);
	RUN(it_waits_no_more_when_there_is_nothing);
	RUN(requests_one_at_a_time_are_never_waited_before);
	RUN(much_without_a_wait_is_no_reason_for_one);
	RUN(what_is_known_to_be_there_needs_no_look);
	return 0;
}
