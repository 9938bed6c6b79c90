package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.Inside;
import io.github.belfry.Signal;
import io.github.belfry.WorkerDiedException;
import io.github.belfry.WorkerPool;
import io.github.belfry.internal.ring.Layout;
import io.github.belfry.support.Await;
import io.github.belfry.support.Requests;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PoolMoveTest {
    @TempDir
    private Path directory;

    private Path gate;

    @BeforeEach
    void name() {
        gate = directory.resolve("gate");
    }

    /** {@code count} requests in the ring of the first slot, behind one that is in hand until the gate is there. */
    private List<CompletableFuture<byte[]>> behindALongOne(WorkerPool pool, int count) throws Exception {
        Slot other = Inside.of(pool).slots().get(1);
        Await.until("the other slot is kept free", other::tryReserve);
        List<CompletableFuture<byte[]>> all = new ArrayList<>();
        all.add(Busy.until(gate, pool));
        for (int i = 0; i < count; i++) {
            all.add(Requests.send(pool, "x".repeat(i)));
        }
        assertThat(Inside.of(pool).slots().get(0).load()).isEqualTo(1 + count);
        other.unreserve();
        return all;
    }

    private static WorkerPool.Builder twoWorkers() {
        return Requests.poolWorker().workers(2).inFlightPerWorker(Requests.IN_RING);
    }

    @Test
    void requestsBehindALongOneMoveToAWorkerThatIsFree() throws Exception {
        try (WorkerPool pool = twoWorkers().start()) {
            List<CompletableFuture<byte[]>> all = behindALongOne(pool, 100);
            for (int i = 0; i < 100; i++) {
                assertThat(Requests.result(all.get(1 + i))).isEqualTo("type 0 attempt 1 size " + i);
            }
            assertThat(all.get(0)).isNotDone();
            Files.createFile(gate);
            assertThat(Requests.result(all.get(0))).isEmpty();
            assertThat(pool.stats().total().answered()).isEqualTo(101);
            assertThat(pool.stats().total().withdrawn()).isZero();
            Await.until("what was moved is skipped", () -> Requests.unanswered(pool) == 0);
            assertThat(pool.stats().total().rescues()).isZero();
        }
    }

    @Test
    void aRequestThatHasMovedCanBeCancelled() throws Exception {
        Path notes = directory.resolve("notes");
        Path secondGate = directory.resolve("second");
        try (WorkerPool pool = twoWorkers().start()) {
            Slot other = Inside.of(pool).slots().get(1);
            Await.until("the other slot is kept free", other::tryReserve);
            CompletableFuture<byte[]> first = Busy.until(gate, pool);
            List<CompletableFuture<byte[]>> behind = new ArrayList<>();
            behind.add(Requests.send(pool, "wait " + secondGate));
            for (int i = 0; i < 9; i++) {
                behind.add(Requests.send(pool, "note " + notes));
            }
            other.unreserve();
            Await.until("some have moved", () -> other.load() > 1);
            Busy.awaitBegun(pool, 1);
            behind.forEach(future -> future.cancel(false));
            Files.createFile(gate);
            Files.createFile(secondGate);
            assertThat(Requests.result(first)).isEmpty();
            assertThat(Requests.ask(pool, "x")).startsWith("type 0");
            Await.until("the rest is skipped", () -> Requests.unanswered(pool) == 0);
            assertThat(notes).doesNotExist();
        }
    }

    @Test
    void asManyAsMayLieInARingAndTheRestWaitsInThePool() throws Exception {
        try (WorkerPool pool = Requests.poolWorker().inFlightPerWorker(3).start()) {
            List<CompletableFuture<byte[]>> all = new ArrayList<>();
            all.add(Requests.send(pool, "wait " + gate));
            for (int i = 0; i < 10; i++) {
                all.add(Requests.send(pool, "x".repeat(i)));
            }
            assertThat(Inside.of(pool).slots().get(0).load()).isEqualTo(3);
            assertThat(pool.stats().total().inFlight()).isEqualTo(3);
            assertThat(pool.stats().total().queued()).isEqualTo(8);
            assertThat(pool.stats().workers().get(0).queued()).isZero();
            Files.createFile(gate);
            for (int i = 0; i < 10; i++) {
                assertThat(Requests.result(all.get(1 + i))).isEqualTo("type 0 attempt 1 size " + i);
            }
            assertThat(pool.stats().total().queued()).isZero();
        }
    }

    @Test
    void whatADeadWorkerHadInHandMovesWithItsAttempts() throws Exception {
        Path hold = directory.resolve("hold");
        try (WorkerPool pool = Requests.script("while test -e $0; do sleep 0.05; done; exec \"$1\"", hold)
                .workers(2)
                .inFlightPerWorker(Requests.IN_RING)
                .maxAttempts(2)
                .start()) {
            List<CompletableFuture<byte[]>> all = behindALongOne(pool, 0);
            Files.createFile(hold);
            Incarnation second = Inside.of(pool).slots().get(1).incarnation();
            Requests.signal(Inside.of(pool).slots().get(0).incarnation().pid(), Signal.KILL);
            Await.until("the other has begun it", () -> second.inHand() > 0);
            Requests.signal(second.pid(), Signal.KILL);
            assertThat(Requests.failure(WorkerDiedException.class, all.get(0)).attempts())
                    .isEqualTo(2);
            Files.delete(hold);
        }
    }

    /** Its worker seemed to have begun it when it was to move. */
    @Test
    void aRequestThatIsSkippedAndStillWantedIsGivenToTheNext() throws Exception {
        try (WorkerPool pool =
                Requests.poolWorker().inFlightPerWorker(Requests.IN_RING).start()) {
            Slot slot = Inside.of(pool).slots().get(0);
            CompletableFuture<byte[]> first = Busy.until(gate, pool);
            CompletableFuture<byte[]> second = Requests.send(pool, "x");
            Request<?> request = slot.queue().peek().next;
            assertThat(request.pin()).isTrue();
            slot.withdrawal().tell(request, Layout.SKIP);
            slot.unpin(request);
            Files.createFile(gate);
            assertThat(Requests.result(first)).isEmpty();
            assertThat(Requests.result(second)).isEqualTo("type 0 attempt 1 size 1");
            assertThat(pool.stats().total().answered()).isEqualTo(2);
        }
    }

    /** The room of a request that has moved is given back when it is skipped, in both rings. */
    @Test
    void ringSpaceIsWholeAfterMoves() throws Exception {
        try (WorkerPool pool = twoWorkers().ringBytes(1 << 16).start()) {
            List<CompletableFuture<byte[]>> all = behindALongOne(pool, 50);
            Files.createFile(gate);
            for (CompletableFuture<byte[]> one : all) {
                Requests.result(one);
            }
            Await.until("what was moved is skipped", () -> Requests.unanswered(pool) == 0);
            byte[] largest = new byte[pool.maxRequestBytes()];
            for (int i = 0; i < 20; i++) {
                assertThat(pool.call(largest)).isEqualTo(Requests.bytes("type 0 attempt 1 size " + largest.length));
            }
            for (Slot slot : Inside.of(pool).slots()) {
                assertThat(slot.writer().bytes()).isZero();
                assertThat(slot.waiting()).isZero();
            }
        }
    }
}
