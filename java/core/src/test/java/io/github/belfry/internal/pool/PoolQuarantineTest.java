package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.PoolStats;
import io.github.belfry.Signal;
import io.github.belfry.WorkerDiedException;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerPool;
import io.github.belfry.WorkerStats;
import io.github.belfry.internal.ring.Layout;
import io.github.belfry.support.Await;
import io.github.belfry.support.OwnThread;
import io.github.belfry.support.Requests;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A worker that writes nonsense into its replies is killed and replaced; other requests are answered. */
class PoolQuarantineTest {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"tail", "back", "misaligned", "short", "size", "huge", "id", "type"})
    void aWorkerThatBreaksARuleIsKilledAndItsRequestBlamed(String rule) throws Exception {
        try (WorkerPool pool = Requests.crash().workers(2).maxAttempts(2).start()) {
            CompletableFuture<byte[]> before = Requests.send(pool, "before");
            CompletableFuture<byte[]> broken = Requests.send(pool, "corrupt " + rule);
            CompletableFuture<byte[]> behind = Requests.send(pool, "behind");
            WorkerDiedException e = Requests.failure(WorkerDiedException.class, broken);
            assertThat(e.exit()).isEqualTo(new WorkerExit.Signaled(Signal.KILL, false));
            assertThat(e.attempts()).isEqualTo(2);
            assertThat(e).hasMessageContaining("broken rule");
            assertThat(Requests.result(before)).isEqualTo("before");
            assertThat(Requests.result(behind)).isEqualTo("behind");
            assertThat(pool.stats().total().deaths()).isEqualTo(2);
        }
    }

    /** Replies before the broken rule are right, and stay so. */
    @ParameterizedTest
    @ValueSource(strings = {"twice", "early"})
    void aReplyBeforeTheBrokenRuleCounts(String rule) throws Exception {
        try (WorkerPool pool = Requests.crash().maxAttempts(1).start()) {
            CompletableFuture<byte[]> answered = Requests.send(pool, "corrupt " + rule);
            assertThat(Requests.result(answered)).isEmpty();
            // Before another request: a reply that comes early may guess the next id, and would count then.
            Await.until("it is killed", () -> pool.stats().total().deaths() == 1);
            assertThat(Requests.ask(pool, "behind")).isEqualTo("behind");
        }
    }

    /** The caller that polls reads with the same care. */
    @Test
    void aCallThatPollsFindsTheBrokenRule() throws Exception {
        try (WorkerPool pool = Requests.crash().maxAttempts(1).start()) {
            for (String rule : new String[] {"tail", "size", "id"}) {
                CompletableFuture<byte[]> call = CompletableFuture.supplyAsync(
                        () -> pool.call(Requests.bytes("corrupt " + rule)), OwnThread.PER_TASK);
                Requests.failure(WorkerDiedException.class, call);
                assertThat(pool.call(Requests.bytes("next"))).isEqualTo(Requests.bytes("next"));
            }
        }
    }

    /** Neither a bell nor another request makes the master look, and the request's timeout is far away. */
    @Test
    void aWorkerThatBreaksARuleWithoutRingingIsKilled() throws Exception {
        Path time = directory.resolve("time");
        try (WorkerPool pool = Requests.hostile().maxAttempts(1).start()) {
            for (int bit = 0; bit < Long.SIZE; bit += 7) {
                CompletableFuture<byte[]> broken =
                        Requests.send(pool, "flip " + Layout.REPLY_TAIL + " " + bit + " " + time);
                assertThat(Requests.failure(WorkerDiedException.class, broken)).hasMessageContaining("broken rule");
                assertThat(Requests.ask(pool, "next")).isEqualTo("next");
            }
            assertThat(pool.stats().total().rescues()).isZero();
        }
    }

    /** Silence breaks no rule, but without the safety net the master would read only replies that are rung for. */
    @Test
    void aReplyWithoutABellIsFoundHoweverManyOthersRing() throws Exception {
        try (WorkerPool pool =
                Requests.hostile()
                        .workers(2)
                        .inFlightPerWorker(Requests.IN_RING)
                        .closeGrace(Duration.ZERO)
                        .start()) {
            CompletableFuture<byte[]> silent = Requests.send(pool, "silent");
            Await.until("it is read", () -> {
                Requests.send(pool, "x"); // for the other worker, which has less to do
                return silent.isDone();
            });
            assertThat(Requests.result(silent)).isEmpty();
            assertThat(pool.stats().total().rescues()).isEqualTo(1);
        }
    }

    /** The counters of a worker that breaks rules may be nonsense; the master knows how much it has answered. */
    @Test
    void aBrokenWorkersCountersAreDropped() throws Exception {
        try (WorkerPool pool = Requests.hostile().maxAttempts(1).start()) {
            assertThat(Requests.ask(pool, "flip " + Layout.ANSWERED + " 40 " + directory.resolve("time")))
                    .isEmpty();
            assertThat(Requests.ask(pool, "flip " + Layout.FAULTS + " 63 " + directory.resolve("time")))
                    .isEmpty();
            assertThat(pool.stats().total().answered()).isGreaterThan(1L << 39);
            Requests.failure(
                    WorkerDiedException.class,
                    Requests.send(pool, "flip " + Layout.REPLY_TAIL + " 3 " + directory.resolve("time")));
            assertThat(Requests.ask(pool, "next")).isEqualTo("next");
            WorkerStats total = pool.stats().total();
            assertThat(total.answered()).isEqualTo(3);
            assertThat(total.faults()).isZero();
            assertThat(total.inFlight()).isZero();
        }
    }

    /** From a reader of statistics, in this VM or another. */
    @Test
    void aBrokenHeaderDoesNotHideThePool() throws Exception {
        try (WorkerPool pool = Requests.hostile().name("hidden").start()) {
            for (int bit : new int[] {32, 39, 63}) {
                Requests.ask(pool, "flip " + Layout.MAGIC + " " + bit + " " + directory.resolve("time"));
                assertThat(PoolStats.of(ProcessHandle.current().pid()))
                        .anyMatch(stats ->
                                stats.pool().equals("hidden") && stats.workers().size() == 1);
            }
        }
    }
}
