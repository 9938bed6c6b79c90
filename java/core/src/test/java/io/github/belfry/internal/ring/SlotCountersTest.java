package io.github.belfry.internal.ring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SlotCountersTest {
    private WorkersEnd worker;

    /** The third incarnation has answered 5; of the two before, 100 are in the sums. */
    @BeforeEach
    void count() throws IOException {
        worker = new WorkersEnd();
        worker.requests.set(Layout.PAST_ANSWERED, 100);
        worker.requests.set(Layout.PAST_BUSY_NANOS, 1000);
        worker.requests.set(Layout.SUMMED, 4);
        worker.replies.set(Layout.REPLIES_INCARNATION, 3);
        worker.replies.setInt(Layout.PID, 77);
        worker.replies.set(Layout.ANSWERED, 5);
        worker.replies.set(Layout.BUSY_NANOS, 20);
    }

    @AfterEach
    void close() {
        worker.close();
    }

    private SlotCounters counters() {
        return SlotCounters.of(worker.requests.bytes(), worker.replies.bytes());
    }

    @Test
    void aWorkersCountersAreAddedToTheSums() {
        SlotCounters counters = counters();
        assertThat(counters.answered()).isEqualTo(105);
        assertThat(counters.busyNanos()).isEqualTo(1020);
        assertThat(counters.pid()).isEqualTo(77);
    }

    @Test
    void aWorkerInTheSumsCountsOnce() {
        worker.requests.set(Layout.SUMMED, 6);
        SlotCounters counters = counters();
        assertThat(counters.answered()).isEqualTo(100);
        assertThat(counters.busyNanos()).isEqualTo(1000);
        assertThat(counters.pid()).isZero();
    }

    /** The master is between two sums when it is looked at for the first time. */
    @Test
    void aWorkerThatIsBeingAddedIsLookedAtAgain() {
        worker.requests.set(Layout.SUMMED, 5);
        worker.requests.set(Layout.PAST_ANSWERED, 105);
        AtomicInteger looks = new AtomicInteger();
        SlotCounters.Header<RuntimeException> requests = () -> {
            if (looks.incrementAndGet() == 3) {
                worker.requests.set(Layout.PAST_BUSY_NANOS, 1020);
                worker.requests.set(Layout.SUMMED, 6);
            }
            return worker.requests.bytes();
        };
        SlotCounters counters = SlotCounters.of(requests, worker.replies::bytes);
        assertThat(counters.answered()).isEqualTo(105);
        assertThat(counters.busyNanos()).isEqualTo(1020);
    }

    @Test
    void aMasterThatNeverEndsItsSumsHoldsUpNobody() {
        worker.requests.set(Layout.SUMMED, 5);
        assertThat(counters().pid()).isEqualTo(77);
    }

    @Test
    void aBusyWorkerIsBusyUntilNow() {
        long begunNanos = System.nanoTime();
        worker.replies.set(Layout.BUSY_NANOS, 20 - begunNanos);
        long least = System.nanoTime() - begunNanos;
        long busy = counters().busyNanos() - 1020;
        assertThat(busy).isBetween(least, System.nanoTime() - begunNanos);
    }

    @Test
    void aDeadWorkerWasBusyUntilItsEnd() {
        worker.replies.set(Layout.BUSY_NANOS, 20 - 5_000);
        worker.requests.set(Layout.ENDED_NANOS, 5_300);
        assertThat(counters().busyNanos()).isEqualTo(1320);
    }

    /** It becomes idle after the first look: the clock isn't its time any more. */
    @Test
    void aWorkerThatBecomesIdleIsNotBusyUntilNow() {
        worker.replies.set(Layout.BUSY_NANOS, 20 - System.nanoTime());
        AtomicInteger looks = new AtomicInteger();
        SlotCounters.Header<RuntimeException> replies = () -> {
            if (looks.incrementAndGet() == 2) {
                worker.replies.set(Layout.BUSY_NANOS, 25);
            }
            return worker.replies.bytes();
        };
        assertThat(SlotCounters.of(worker.requests::bytes, replies).busyNanos()).isEqualTo(1025);
    }

    /** The clock was read before it became busy again, so it would have been busy for less than before. */
    @Test
    void aWorkerThatWasIdleMeanwhileIsLookedAtAgain() {
        worker.replies.set(Layout.BUSY_NANOS, 20 - System.nanoTime());
        AtomicInteger looks = new AtomicInteger();
        SlotCounters.Header<RuntimeException> replies = () -> {
            if (looks.incrementAndGet() == 2) {
                worker.replies.set(Layout.BUSY_NANOS, 25 - System.nanoTime());
            }
            return worker.replies.bytes();
        };
        assertThat(SlotCounters.of(worker.requests::bytes, replies).busyNanos()).isGreaterThanOrEqualTo(1025);
    }

    @Test
    void nonsenseIsNotNegative() {
        worker.replies.set(Layout.BUSY_NANOS, Long.MIN_VALUE);
        assertThat(counters().busyNanos()).isEqualTo(1000);
    }
}
