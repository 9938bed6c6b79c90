package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.belfry.Inside;
import io.github.belfry.RequestTimeoutException;
import io.github.belfry.Requester;
import io.github.belfry.Signal;
import io.github.belfry.WorkerPool;
import io.github.belfry.WorkerStats;
import io.github.belfry.support.Await;
import io.github.belfry.support.Requests;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PoolDeadlineTest {
    private static final Duration SHORT = Duration.ofMillis(100);
    private static final Duration LONG = Duration.ofDays(1);

    @TempDir
    private Path directory;

    private Path gate;
    private Path notes;

    @BeforeEach
    void name() {
        gate = directory.resolve("gate");
        notes = directory.resolve("notes");
    }

    private CompletableFuture<byte[]> note(Requester requester) {
        return requester.submit(Requests.bytes("note " + notes));
    }

    @ParameterizedTest
    @MethodSource("io.github.belfry.support.Requests#inRingAndInBacklog")
    void aRequestThatHasNotBegunInTimeNeverRuns(int inFlight) throws Exception {
        try (WorkerPool pool = Requests.poolWorker().inFlightPerWorker(inFlight).start()) {
            CompletableFuture<byte[]> first = Busy.until(gate, pool);
            List<CompletableFuture<byte[]>> late = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                late.add(note(pool.withTimeout(SHORT.plusMillis(i))));
            }
            CompletableFuture<byte[]> patient = note(pool.withTimeout(LONG));
            for (CompletableFuture<byte[]> one : late) {
                RequestTimeoutException e = Requests.failure(RequestTimeoutException.class, one);
                assertThat(e.mayHaveRun()).isFalse();
                assertThat(e).hasMessageMatching("pool .*: no reply within 10[0-4] ms, no worker had begun it");
            }
            Files.createFile(gate);
            assertThat(Requests.result(first)).isEmpty();
            assertThat(Requests.result(patient)).isEqualTo("1");
            assertThat(notes).hasContent("1");
            WorkerStats total = pool.stats().total();
            assertThat(total.timedOut()).isEqualTo(5);
            assertThat(total.withdrawn()).isEqualTo(5);
            assertThat(Requests.unanswered(pool)).isZero();
        }
    }

    @Test
    void aRequestInHandFailsInTimeAndRunsOn() throws Exception {
        try (WorkerPool pool = Requests.poolWorker().start()) {
            long pid = Requests.onlyPid(pool);
            CompletableFuture<byte[]> late = pool.withTimeout(SHORT).submit(Requests.bytes("wait " + gate));
            RequestTimeoutException e = Requests.failure(RequestTimeoutException.class, late);
            assertThat(e.mayHaveRun()).isTrue();
            Files.createFile(gate);
            assertThat(Requests.ask(pool, "x")).isEqualTo("type 0 attempt 1 size 1");
            assertThat(pool.pids()).containsExactly(pid);
            assertThat(pool.stats().total().timedOut()).isEqualTo(1);
            assertThat(pool.stats().total().withdrawn()).isZero();
        }
    }

    /** The worker would never answer the next one otherwise. */
    @Test
    void aWorkerIsToldThatTheRequestInHandIsLate() throws Exception {
        try (WorkerPool pool = Requests.poolWorker().start()) {
            Requests.failure(
                    RequestTimeoutException.class,
                    pool.withTimeout(SHORT).submit(Requests.bytes("until-abandoned " + notes)));
            assertThat(Requests.ask(pool, "x")).isEqualTo("type 0 attempt 1 size 1");
            assertThat(pool.stats().total().deaths()).isZero();
        }
    }

    @Test
    void aCallFailsInTime() throws Exception {
        try (WorkerPool pool = Requests.poolWorker().start()) {
            assertThatThrownBy(() -> pool.withTimeout(SHORT).call(Requests.bytes("wait " + gate)))
                    .isInstanceOf(RequestTimeoutException.class)
                    .hasMessageEndingWith(": no reply within 100 ms, a worker has begun it");
            Files.createFile(gate);
            assertThat(pool.withTimeout(LONG).call(Requests.bytes("x"))).isNotEmpty();
        }
    }

    @Test
    void requestTimeoutIsForEachRequestAndWithTimeoutReplacesIt() throws Exception {
        try (WorkerPool pool = Requests.poolWorker().requestTimeout(SHORT).start()) {
            CompletableFuture<byte[]> first =
                    pool.withTimeout(SHORT).withTimeout(LONG).submit(Requests.bytes("wait " + gate));
            Requests.failure(RequestTimeoutException.class, note(pool));
            CompletableFuture<byte[]> patient = note(pool.withTimeout(LONG));
            Requests.failure(
                    RequestTimeoutException.class, note(pool.withTimeout(LONG).withTimeout(SHORT)));
            Files.createFile(gate);
            assertThat(Requests.result(first)).isEmpty();
            assertThat(Requests.result(patient)).isEqualTo("1");
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE})
    void withoutTimeNothingIsSent(long seconds) throws Exception {
        try (WorkerPool pool = Requests.poolWorker().start()) {
            Requester none = pool.withTimeout(Duration.ofSeconds(seconds));
            byte[] request = Requests.bytes("note " + notes);
            RequestTimeoutException e = Requests.failure(RequestTimeoutException.class, none.submit(request));
            assertThat(e.mayHaveRun()).isFalse();
            Requests.failure(RequestTimeoutException.class, none.offer(request).orElseThrow());
            assertThatThrownBy(() -> none.call(request)).isInstanceOf(RequestTimeoutException.class);
            assertThat(Requests.ask(pool, "x")).startsWith("type 0");
            assertThat(notes).doesNotExist();
            assertThat(pool.stats().total().timedOut()).isEqualTo(3);
        }
    }

    /** One worker, that doesn't come to its start while this file is there. */
    private static WorkerPool heldBy(Path hold) throws Exception {
        return Requests.script("while test -e $0; do sleep 0.05; done; exec \"$1\"", hold)
                .workers(1)
                .start();
    }

    @Test
    void aDeadlineIsMetWhileNoWorkerRuns() throws Exception {
        Path hold = directory.resolve("hold");
        try (WorkerPool pool = heldBy(hold)) {
            Files.createFile(hold);
            Requests.signal(Requests.onlyPid(pool), Signal.KILL);
            Await.until("it has died", () -> pool.stats().total().deaths() == 1);
            Requests.failure(RequestTimeoutException.class, note(pool.withTimeout(SHORT)));
            Files.delete(hold);
            assertThat(Requests.ask(pool, "x")).startsWith("type 0");
            assertThat(notes).doesNotExist();
        }
    }

    /** Whether it has run is unknown, though no worker has it in hand by then. */
    @Test
    void aLateRequestThatADeadWorkerHadBegunMayHaveRun() throws Exception {
        Path hold = directory.resolve("hold");
        try (WorkerPool pool = heldBy(hold)) {
            CompletableFuture<byte[]> late = Busy.until(gate, pool, pool.withTimeout(SHORT.multipliedBy(10)), 0);
            Files.createFile(hold);
            Requests.signal(Requests.onlyPid(pool), Signal.KILL);
            RequestTimeoutException e = Requests.failure(RequestTimeoutException.class, late);
            assertThat(e.mayHaveRun()).isTrue();
            assertThat(e).hasMessageEndingWith(", a worker has begun it");
            Files.delete(hold);
            assertThat(Requests.ask(pool, "x")).startsWith("type 0");
        }
    }

    /** Its deadline is over between the two steps of publishing it, of which the second would undo a withdrawal. */
    @Test
    void aRequestThatIsNotPublishedYetIsNotTakenBack() throws Exception {
        try (WorkerPool pool = Requests.poolWorker().inFlightPerWorker(1).start()) {
            CompletableFuture<byte[]> first = Busy.until(gate, pool);
            Slot slot = Inside.of(pool).slots().get(0);
            Await.until("the slot is reserved", slot::tryReserve);
            byte[] bytes = Requests.bytes("note " + notes);
            slot.body(bytes.length).put(bytes);
            ReplyFuture<byte[]> future = new ReplyFuture<>(null);
            Request<byte[]> request = new Request<>(0, bytes.length, Copying.BYTES, future);
            request.setTerms(new Timing(System.nanoTime(), 1, null), 0);
            request.assign(slot.nextId(), slot.writer().tail(), slot);
            slot.queue().add(request);

            for (int i = 0; i < 2; i++) { // then all were looked at once
                Requests.failure(RequestTimeoutException.class, note(pool.withTimeout(SHORT)));
            }
            assertThat(request.isSettled()).isFalse();
            slot.writer().publish(request.id(), 0, bytes.length, 1);
            request.tellFuture();
            slot.unreserve();
            Requests.failure(RequestTimeoutException.class, note(pool.withTimeout(SHORT)));
            Requests.failure(RequestTimeoutException.class, future);
            Files.createFile(gate);
            assertThat(Requests.result(first)).isEmpty();
            assertThat(Requests.ask(pool, "x")).startsWith("type 0");
            assertThat(notes).doesNotExist();
        }
    }

    /** The earliest deadline isn't that of the first request. */
    @Test
    void eachDeadlineIsItsOwn() throws Exception {
        try (WorkerPool pool = Requests.poolWorker().start()) {
            CompletableFuture<byte[]> first = Busy.until(gate, pool);
            CompletableFuture<byte[]> patient = note(pool.withTimeout(LONG));
            CompletableFuture<byte[]> middle = note(pool.withTimeout(SHORT.multipliedBy(4)));
            CompletableFuture<byte[]> hasty = note(pool.withTimeout(SHORT));
            Requests.failure(RequestTimeoutException.class, hasty);
            Requests.failure(RequestTimeoutException.class, middle);
            assertThat(patient).isNotDone();
            Files.createFile(gate);
            assertThat(Requests.result(first)).isEmpty();
            assertThat(Requests.result(patient)).isEqualTo("1");
        }
    }
}
