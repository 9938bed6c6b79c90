package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.Inside;
import io.github.belfry.RequestInterruptedException;
import io.github.belfry.Signal;
import io.github.belfry.WorkerDiedException;
import io.github.belfry.WorkerPool;
import io.github.belfry.WorkerStats;
import io.github.belfry.internal.ring.Layout;
import io.github.belfry.support.Await;
import io.github.belfry.support.Requests;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A request whose future is completed from outside before its worker has begun it never runs. */
class PoolCancelTest {
    @TempDir
    private Path directory;

    private Path gate;
    private Path notes;

    @BeforeEach
    void name() {
        gate = directory.resolve("gate");
        notes = directory.resolve("notes");
    }

    private List<CompletableFuture<byte[]>> queue(WorkerPool pool, int count) {
        List<CompletableFuture<byte[]>> queued = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            queued.add(Requests.send(pool, "note " + notes));
        }
        return queued;
    }

    private long notes() throws Exception {
        return Files.exists(notes) ? Files.readAllLines(notes).size() : 0;
    }

    @ParameterizedTest
    @MethodSource("io.github.belfry.support.Requests#inRingAndInBacklog")
    void cancelledRequestsNeverRunAndTheOthersDo(int inFlight) throws Exception {
        try (WorkerPool pool =
                Requests.poolWorker().inFlightPerWorker(inFlight).start()) {
            CompletableFuture<byte[]> first = Busy.until(gate, pool);
            List<CompletableFuture<byte[]>> queued = queue(pool, 30);
            for (int i = 0; i < queued.size(); i += 2) {
                assertThat(queued.get(i).cancel(false)).isTrue();
            }
            Files.createFile(gate);
            first.get(30, TimeUnit.SECONDS);
            for (int i = 1; i < queued.size(); i += 2) {
                assertThat(Requests.result(queued.get(i))).isEqualTo("1");
            }
            assertThat(Requests.ask(pool, "x")).startsWith("type 0");
            assertThat(notes()).isEqualTo(15);
            WorkerStats stats = pool.stats().total();
            assertThat(stats.answered()).isEqualTo(17);
            assertThat(stats.withdrawn()).isEqualTo(15);
            assertThat(stats.inFlight()).isZero();
            assertThat(stats.rescues()).isZero();
        }
    }

    @ParameterizedTest
    @MethodSource("io.github.belfry.support.Requests#inRingAndInBacklog")
    void eachWayToCompleteAFutureWithdrawsItsRequest(int inFlight) throws Exception {
        try (WorkerPool pool =
                Requests.poolWorker().inFlightPerWorker(inFlight).start()) {
            CompletableFuture<byte[]> first = Busy.until(gate, pool);
            List<CompletableFuture<byte[]>> queued = queue(pool, 4);
            queued.get(0).complete(new byte[0]);
            queued.get(1).completeExceptionally(new IllegalStateException());
            queued.get(2).orTimeout(1, TimeUnit.MILLISECONDS);
            queued.get(3).completeOnTimeout(new byte[0], 1, TimeUnit.MILLISECONDS);
            Await.until("all are done", () -> queued.stream().allMatch(CompletableFuture::isDone));
            Files.createFile(gate);
            first.get(30, TimeUnit.SECONDS);
            assertThat(Requests.ask(pool, "x")).startsWith("type 0");
            assertThat(notes()).isZero();
        }
    }

    @ParameterizedTest
    @MethodSource("io.github.belfry.support.Requests#inRingAndInBacklog")
    void aCancelledDependentWithdrawsNothing(int inFlight) throws Exception {
        try (WorkerPool pool =
                Requests.poolWorker().inFlightPerWorker(inFlight).start()) {
            CompletableFuture<byte[]> first = Busy.until(gate, pool);
            CompletableFuture<byte[]> queued = queue(pool, 1).get(0);
            queued.thenApply(reply -> reply).cancel(false);
            Files.createFile(gate);
            first.get(30, TimeUnit.SECONDS);
            assertThat(Requests.result(queued)).isEqualTo("1");
        }
    }

    @Test
    void aRequestThatHasBegunRunsOn() throws Exception {
        try (WorkerPool pool = Requests.poolWorker().start()) {
            CompletableFuture<byte[]> first = Busy.until(gate, pool);
            first.cancel(false);
            Files.createFile(gate);
            assertThat(Requests.ask(pool, "x")).startsWith("type 0");
            assertThat(pool.stats().total().inFlight()).isZero();
        }
    }

    /** The worker would never answer the next one otherwise. */
    @Test
    void aWorkerIsToldThatTheRequestInHandIsCancelled() throws Exception {
        try (WorkerPool pool = Requests.poolWorker().start()) {
            for (int i = 1; i <= 3; i++) {
                CompletableFuture<byte[]> request = Requests.send(pool, "until-abandoned " + notes);
                int begun = i;
                Await.until("it has begun", () -> notes() == begun);
                request.cancel(false);
                assertThat(Requests.ask(pool, "x")).startsWith("type 0");
                assertThat(pool.stats().total().answered()).isEqualTo(2L * i);
            }
        }
    }

    /** It may reply anything, and before the thread that has told it gets to complete the future. */
    @Test
    void theReplyOfAWorkerThatIsToldReachesNoCaller() throws Exception {
        try (WorkerPool pool = Requests.poolWorker().start()) {
            CompletableFuture<byte[]> future = Requests.send(pool, "until-abandoned " + notes);
            Await.until("it has begun", () -> notes() == 1);
            Slot slot = Inside.of(pool).slots().get(0);
            Request<?> request = slot.queue().peek();
            assertThat(request.pin()).isTrue();
            assertThat(slot.withdraw(request, Layout.SKIP | Layout.ABANDONED)).isFalse();
            assertThat(Requests.ask(pool, "x")).startsWith("type 0"); // taken after the reply to the first
            assertThat(future).isNotDone();
        }
    }

    @ParameterizedTest
    @MethodSource("io.github.belfry.support.Requests#inRingAndInBacklog")
    void anInterruptedCallThatHasNotBegunNeverRuns(int inFlight) throws Exception {
        try (WorkerPool pool =
                Requests.poolWorker().inFlightPerWorker(inFlight).start()) {
            CompletableFuture<byte[]> first = Busy.until(gate, pool);
            CompletableFuture<Throwable> thrown = new CompletableFuture<>();
            Thread caller = new Thread(() -> {
                try {
                    pool.call(Requests.bytes("note " + notes));
                } catch (RuntimeException e) {
                    thrown.complete(e);
                }
            });
            caller.start();
            Await.until("it waits", () -> Requests.unanswered(pool) == 2);
            caller.interrupt();
            assertThat(thrown.get(30, TimeUnit.SECONDS)).isInstanceOf(RequestInterruptedException.class);
            Files.createFile(gate);
            first.get(30, TimeUnit.SECONDS);
            assertThat(Requests.ask(pool, "x")).startsWith("type 0");
            assertThat(notes()).isZero();
        }
    }

    /** At the death the tombstones are dropped, and only the request in hand is handed out again. */
    @ParameterizedTest
    @MethodSource("io.github.belfry.support.Requests#inRingAndInBacklog")
    void cancelledRequestsDoNotRunInTheNextIncarnation(int inFlight) throws Exception {
        try (WorkerPool pool = Requests.poolWorker()
                .inFlightPerWorker(inFlight)
                .maxAttempts(1)
                .start()) {
            CompletableFuture<byte[]> first = Busy.until(gate, pool);
            List<CompletableFuture<byte[]>> queued = queue(pool, 10);
            queued.subList(0, 9).forEach(future -> future.cancel(false));
            Requests.signal(Requests.onlyPid(pool), Signal.KILL);
            assertThat(Requests.result(queued.get(9))).isEqualTo("1");
            Requests.failure(WorkerDiedException.class, first);
            assertThat(notes()).isEqualTo(1);
            assertThat(pool.stats().total().inFlight()).isZero();
        }
    }

    /** Ring space is whole at the end: as much as at the beginning can be submitted at once. */
    @Test
    void theRoomOfCancelledRequestsIsFree() throws Exception {
        try (WorkerPool pool = Requests.poolWorker()
                .inFlightPerWorker(Requests.IN_RING)
                .ringBytes(1 << 16)
                .start()) {
            CompletableFuture<byte[]> first = Busy.until(gate, pool);
            byte[] large = Requests.bytes("x".repeat(20_000));
            for (int i = 0; i < 3; i++) {
                pool.submit(large).cancel(false);
            }
            assertThat(pool.offer(large)).isEmpty();
            Files.createFile(gate);
            first.get(30, TimeUnit.SECONDS);
            for (int i = 0; i < 100; i++) {
                pool.submit(large).cancel(false);
            }
            pool.submit(large).get(30, TimeUnit.SECONDS);
            assertThat(pool.stats().total().inFlight()).isZero();
        }
    }
}
