package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.belfry.PoolUnavailableException;
import io.github.belfry.RequestTimeoutException;
import io.github.belfry.Signal;
import io.github.belfry.WorkerDiedException;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerPool;
import io.github.belfry.WorkerSession;
import io.github.belfry.support.Await;
import io.github.belfry.support.OwnThread;
import io.github.belfry.support.Requests;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PoolSessionTest {
    @TempDir
    private Path directory;

    private Path gate;
    private Path notes;

    @BeforeEach
    void name() {
        gate = directory.resolve("gate");
        notes = directory.resolve("notes");
    }

    private static WorkerPool.Builder two() {
        return Requests.poolWorker().workers(2);
    }

    @Test
    void sessionsAreSpreadOverTheWorkers() throws Exception {
        try (WorkerPool pool = two().start()) {
            List<WorkerSession> sessions = new ArrayList<>();
            int[] counts = new int[2];
            for (int i = 0; i < 6; i++) {
                WorkerSession session = pool.session();
                sessions.add(session);
                counts[session.worker()]++;
                assertThat(session.pid()).isEqualTo(pool.pids().get(session.worker()));
                assertThat(session.isOpen()).isTrue();
            }
            assertThat(counts).containsExactly(3, 3);
            int freed = sessions.get(0).worker();
            sessions.get(0).close();
            sessions.get(0).close();
            assertThat(sessions.get(0).isOpen()).isFalse();
            assertThat(pool.session().worker()).isEqualTo(freed);
        }
    }

    /** In the order in which they were given, while another worker has nothing to do. */
    @Test
    void allItsRequestsGoToItsWorkerInOrder() throws Exception {
        try (WorkerPool pool = two().inFlightPerWorker(2).start();
                WorkerSession session = pool.session()) {
            CompletableFuture<byte[]> first = Busy.until(gate, pool, session, session.worker());
            List<CompletableFuture<byte[]>> all = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                all.add(session.submit(Requests.bytes("name " + notes + " " + i)));
            }
            assertThat(Requests.ask(pool, "x")).startsWith("type 0");
            assertThat(all.get(0)).isNotDone();
            Files.createFile(gate);
            assertThat(Requests.result(first)).isEmpty();
            List<String> expected = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                assertThat(Requests.result(all.get(i))).isEqualTo(Long.toString(session.pid()));
                expected.add(Integer.toString(i));
            }
            assertThat(Files.readAllLines(notes)).isEqualTo(expected);
        }
    }

    @Test
    void aLostSessionIsToldAndNoRequestReachesAnotherProcess() throws Exception {
        try (WorkerPool pool = two().start();
                WorkerSession session = pool.session()) {
            CompletableFuture<byte[]> first = Busy.until(gate, pool, session, session.worker());
            CompletableFuture<Boolean> openAtFailure = first.handle((reply, failure) -> session.isOpen());
            List<CompletableFuture<byte[]>> behind = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                behind.add(session.submit(Requests.bytes("note " + notes)));
            }
            Requests.signal(session.pid(), Signal.KILL);
            WorkerDiedException died = Requests.failure(WorkerDiedException.class, first);
            assertThat(died.exit()).isEqualTo(new WorkerExit.Signaled(Signal.KILL, false));
            assertThat(died.mayHaveRun()).isTrue();
            assertThat(died.attempts()).isEqualTo(1);
            assertThat(openAtFailure.join()).isFalse();
            for (CompletableFuture<byte[]> one : behind) {
                assertThat(Requests.failure(WorkerDiedException.class, one).mayHaveRun())
                        .isFalse();
            }
            byte[] note = Requests.bytes("note " + notes);
            assertThat(Requests.failure(WorkerDiedException.class, session.submit(note)).mayHaveRun())
                    .isFalse();
            assertThatThrownBy(() -> session.call(note)).isInstanceOf(WorkerDiedException.class);
            assertThatThrownBy(() -> session.offer(note)).isInstanceOf(WorkerDiedException.class);
            for (int i = 0; i < 10; i++) {
                assertThat(Requests.ask(pool, "x")).startsWith("type 0");
            }
            Await.until("both run again", () -> pool.pids().size() == 2);
            assertThat(pool.pids()).doesNotContain(session.pid());
            try (WorkerSession next = pool.session()) {
                assertThat(Requests.text(next.call(Requests.bytes("x")))).startsWith("type 0");
            }
            assertThat(notes).doesNotExist();
            Await.until("what was lost is skipped", () -> Requests.unanswered(pool) == 0);
        }
    }

    @Test
    void closeLetsFinishWhatWasGiven() throws Exception {
        try (WorkerPool pool = two().start()) {
            WorkerSession session = pool.session();
            CompletableFuture<byte[]> first = Busy.until(gate, pool, session, session.worker());
            CompletableFuture<byte[]> second = session.submit(Requests.bytes("x"));
            session.close();
            assertThatThrownBy(() -> session.submit(new byte[0])).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> session.call(new byte[0])).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> session.offer(new byte[0])).isInstanceOf(IllegalStateException.class);
            Files.createFile(gate);
            assertThat(Requests.result(first)).isEmpty();
            assertThat(Requests.result(second)).startsWith("type 0");
            assertThat(pool.stats().total().deaths()).isZero();
        }
    }

    @Test
    void aFullRingMakesItWaitAndNoOtherRequest() throws Exception {
        try (WorkerPool pool = two().ringBytes(1 << 16).start();
                WorkerSession session = pool.session()) {
            CompletableFuture<byte[]> first = Busy.until(gate, pool, session, session.worker());
            byte[] large = Requests.bytes("x".repeat(20_000));
            List<CompletableFuture<byte[]>> all = new ArrayList<>();
            while (true) {
                var offered = session.offer(large);
                if (offered.isEmpty()) {
                    break;
                }
                all.add(offered.get());
            }
            assertThat(all).hasSize(3);
            Requests.failure(
                    RequestTimeoutException.class,
                    CompletableFuture.supplyAsync(
                                    () -> session.withTimeout(Duration.ofMillis(50)).submit(large), OwnThread.PER_TASK)
                            .join());
            CompletableFuture<CompletableFuture<byte[]>> waiting =
                    CompletableFuture.supplyAsync(() -> session.submit(large), OwnThread.PER_TASK);
            assertThat(Requests.ask(pool, "x")).startsWith("type 0");
            assertThat(waiting).isNotDone();
            Files.createFile(gate);
            all.add(waiting.join());
            for (CompletableFuture<byte[]> one : all) {
                assertThat(Requests.result(one)).startsWith("type 0");
            }
            assertThat(Requests.result(first)).isEmpty();
        }
    }

    @Test
    void aSessionsRequestsCanBeCancelledAndHaveDeadlines() throws Exception {
        try (WorkerPool pool = two().start();
                WorkerSession session = pool.session()) {
            CompletableFuture<byte[]> first = Busy.until(gate, pool, session, session.worker());
            CompletableFuture<byte[]> cancelled = session.submit(Requests.bytes("note " + notes));
            CompletableFuture<byte[]> late =
                    session.withTimeout(Duration.ofMillis(50)).submit(Requests.bytes("note " + notes));
            cancelled.cancel(false);
            Requests.failure(RequestTimeoutException.class, late);
            Files.createFile(gate);
            assertThat(Requests.result(first)).isEmpty();
            assertThat(Requests.text(session.call(Requests.bytes("x")))).startsWith("type 0");
            assertThat(notes).doesNotExist();
        }
    }

    @Test
    void afterTheEndOfThePoolThereIsNone() throws Exception {
        WorkerPool pool = two().start();
        WorkerSession session = pool.session();
        pool.close();
        assertThat(session.isOpen()).isFalse();
        assertThatThrownBy(pool::session).isInstanceOf(PoolUnavailableException.class);
        assertThatThrownBy(() -> session.call(new byte[0])).isInstanceOf(PoolUnavailableException.class);
    }

    /** Kills and traffic at random: what a session's requests leave behind is always the same process's. */
    @Test
    void noRequestEverReachesAnotherProcess() throws Exception {
        try (WorkerPool pool = two().maxAttempts(100).start()) {
            int lost = 0;
            Set<Long> pids = new HashSet<>();
            for (int round = 0; round < 30; round++) {
                WorkerSession session = pool.session();
                pids.add(session.pid());
                List<CompletableFuture<byte[]>> all = new ArrayList<>();
                for (int i = 0; i < 40; i++) {
                    all.add(session.submit(Requests.bytes("name " + notes + " " + i)));
                    if (i == round) {
                        Requests.signal(session.pid(), Signal.KILL);
                    }
                }
                for (CompletableFuture<byte[]> one : all) {
                    String answer = one.handle((reply, failure) -> failure == null
                                    ? Requests.text(reply)
                                    : failure.getClass().getSimpleName())
                            .get(30, TimeUnit.SECONDS);
                    assertThat(answer).isIn(Long.toString(session.pid()), "WorkerDiedException");
                    lost += answer.startsWith("Worker") ? 1 : 0;
                }
                assertThat(session.isOpen()).isFalse();
                session.close();
            }
            assertThat(lost).isPositive();
            assertThat(pids).hasSize(30);
            Await.until("what was lost is skipped", () -> Requests.unanswered(pool) == 0);
            assertThat(pool.stats().total().rescues()).isZero();
        }
    }
}
