/*
 * The worker of the signal-to-read benchmark, the same for both senders: sleeps in sigwaitinfo
 * until SIGUSR1, or in another wait of bench_wake.h, reads the payload and writes when. Its page is
 * descriptor 3. SIGTERM ends it.
 *
 * The sender starts it with SIGUSR1 blocked, or waits for `ready`.
 *
 *	bench_signal_recv [WAKE]
 */
#include "bench_clock.h"
#include "bench_layout.h"
#include "bench_run.h"
#include "bench_wake.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

static struct bench_page *map_page(void)
{
	struct stat facts;
	void *page;

	if (fstat(BENCH_PAGE_FD, &facts) < 0)
		bench_fail("bench_signal_recv: descriptor 3");
	if (facts.st_size < BENCH_PAGE_BYTES) {
		errno = EINVAL;
		bench_fail("bench_signal_recv: size of the page");
	}
	page = mmap(NULL, BENCH_PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, BENCH_PAGE_FD, 0);
	if (page == MAP_FAILED)
		bench_fail("bench_signal_recv: mmap");
	return page;
}

static uint64_t read_message(struct bench_page *page)
{
	/* Pairs with the sender's release of sent_sequence. */
	uint64_t sequence = atomic_load_explicit(&page->sent_sequence, memory_order_acquire);
	uint64_t payload[BENCH_PAYLOAD_WORDS];

	memcpy(payload, page->payload, sizeof payload);
	page->checksum = bench_checksum(payload);
	page->read_nanos = bench_now_nanos();
	/* Pairs with the sender's acquire of read_sequence. */
	atomic_store_explicit(&page->read_sequence, sequence, memory_order_release);
	return sequence;
}

int main(int argc, char **argv)
{
	const struct bench_wake *wake = bench_wake_find(argc > 1 ? argv[1] : "sigwaitinfo");
	struct bench_page *page = map_page();
	const int fd = wake->prepare();
	uint64_t seen = 0;

	/* Pairs with the sender's acquire of ready. */
	atomic_store_explicit(&page->ready, BENCH_LAYOUT, memory_order_release);

	for (;;) {
		wake->wait(page, fd, seen);
		/* Pairs with the sender's release: a wait may end without a message. */
		if (atomic_load_explicit(&page->sent_sequence, memory_order_acquire) != seen)
			seen = read_message(page);
	}
}
