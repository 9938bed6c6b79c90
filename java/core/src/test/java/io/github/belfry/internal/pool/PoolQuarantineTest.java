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

/** A worker that writes nonsense into its replies is killed and replaced; nobody else notices. */
class PoolQuarantineTest {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"tail", "back", "misaligned", "short", "size", "huge", "id", "type"})
    void whoBreaksARuleIsKilledAndBlamed(String rule) throws Exception {
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

    /** What came before the broken rule was right, and stays so. */
    @ParameterizedTest
    @ValueSource(strings = {"twice", "early"})
    void anAnswerBeforeItCounts(String rule) throws Exception {
        try (WorkerPool pool = Requests.crash().maxAttempts(1).start()) {
            CompletableFuture<byte[]> answered = Requests.send(pool, "corrupt " + rule);
            assertThat(Requests.result(answered)).isEmpty();
            // Before another request: who answers that early may guess its id, and then it is an answer.
            Await.until("it is killed", () -> pool.stats().total().deaths() == 1);
            assertThat(Requests.ask(pool, "behind")).isEqualTo("behind");
        }
    }

    /** The caller that polls reads with the same care. */
    @Test
    void aCallThatPollsIsNotFooled() throws Exception {
        try (WorkerPool pool = Requests.crash().maxAttempts(1).start()) {
            for (String rule : new String[] {"tail", "size", "id"}) {
                CompletableFuture<byte[]> call = CompletableFuture.supplyAsync(
                        () -> pool.call(Requests.bytes("corrupt " + rule)), OwnThread.PER_TASK);
                Requests.failure(WorkerDiedException.class, call);
                assertThat(pool.call(Requests.bytes("next"))).isEqualTo(Requests.bytes("next"));
            }
        }
    }

    /** Neither a bell nor another request calls for a look, and the time of the request isn't over for long. */
    @Test
    void whoBreaksARuleInSilenceIsKilledToo() throws Exception {
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

    /** That breaks no rule, but nobody would look as long as others ring. */
    @Test
    void aReplyWithoutABellIsFoundHoweverManyOthersRing() throws Exception {
        try (WorkerPool pool =
                Requests.hostile().workers(2).closeGrace(Duration.ZERO).start()) {
            CompletableFuture<byte[]> silent = Requests.send(pool, "silent");
            Await.until("it is read", () -> {
                Requests.send(pool, "x"); // for the other worker, which has less to do
                return silent.isDone();
            });
            assertThat(Requests.result(silent)).isEmpty();
            assertThat(pool.stats().total().rescues()).isEqualTo(1);
        }
    }

    /** What a worker counts is nonsense when it breaks rules; what it has answered is known without it. */
    @Test
    void itsCountersEndWithIt() throws Exception {
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

    /** Of this VM and of any other that reads its rings. */
    @Test
    void itsHeaderDoesNotHideThePool() throws Exception {
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
