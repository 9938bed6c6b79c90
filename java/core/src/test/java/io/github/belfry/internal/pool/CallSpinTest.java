package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.Inside;
import io.github.belfry.WorkerPool;
import io.github.belfry.internal.ring.Layout;
import io.github.belfry.support.Await;
import io.github.belfry.support.Requests;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Who polls where workers are as many as processors: a call that is alone and its worker, and nobody else. */
class CallSpinTest {
    private static final long SPIN_NANOS = 50_000;

    private static WorkerPool crowded() throws Exception {
        return Requests.crash().workers(2 * CallSpin.PROCESSORS).spin(Duration.ofNanos(SPIN_NANOS)).start();
    }

    /** How long its worker looks for the next request. */
    private static long spin(Slot slot) {
        return slot.requests().get(Layout.SPIN_NANOS);
    }

    private static List<Long> spins(WorkerPool pool) {
        return Inside.of(pool).slots().stream().map(CallSpinTest::spin).distinct().toList();
    }

    @Test
    void callsOfOneThreadNeedNoBell() throws Exception {
        try (WorkerPool pool = crowded()) {
            assertThat(spins(pool)).containsExactly(0L);
            Await.until("of 200 calls in a row most found their worker awake", () -> {
                long before = pool.stats().total().signals();
                for (int i = 0; i < 200; i++) {
                    pool.call(Requests.bytes("a"));
                }
                return pool.stats().total().signals() - before < 100;
            });
            assertThat(spins(pool)).contains(SPIN_NANOS);
        }
    }

    @Test
    void aRequestThatIsNotPolledForEndsThat() throws Exception {
        try (WorkerPool pool = Requests.crash().workers(CallSpin.PROCESSORS).start()) {
            Slot first = Inside.of(pool).slots().get(0);
            Await.until("a call has polled there", () -> {
                onEach(pool, () -> pool.call(Requests.bytes("a")));
                return spin(first) == SPIN_NANOS;
            });
            Await.until("another request was published there", () -> {
                pool.submit(Requests.bytes("b")).join();
                onEach(pool, () -> pool.submit(Requests.bytes("b")).join());
                return spin(first) == 0;
            });
        }
    }

    /** From threads of other numbers, which begin at other slots. */
    private static void onEach(WorkerPool pool, Runnable send) throws InterruptedException {
        for (int i = 0; i < pool.stats().workers().size(); i++) {
            Thread thread = new Thread(send);
            thread.start();
            thread.join();
        }
    }

    @Test
    void besideManyCallsThatWaitNoOtherPolls() throws Exception {
        try (WorkerPool pool = crowded()) {
            int most = Math.max(1, CallSpin.PROCESSORS / 2);
            List<CompletableFuture<Void>> waiting = Stream.generate(() -> CompletableFuture.runAsync(
                            () -> pool.call(Requests.bytes("sleep 1000")), task -> new Thread(task).start()))
                    .limit(most)
                    .toList();
            Await.until("they are in hand", () -> pool.stats().total().inFlight() == most);
            long spinningBefore = count(pool);
            assertThat(pool.call(Requests.bytes("a"))).isEqualTo(Requests.bytes("a"));
            assertThat(count(pool)).isLessThanOrEqualTo(spinningBefore);
            waiting.forEach(CompletableFuture::join);
        }
    }

    private static long count(WorkerPool pool) {
        return Inside.of(pool).slots().stream().filter(slot -> spin(slot) > 0).count();
    }
}
