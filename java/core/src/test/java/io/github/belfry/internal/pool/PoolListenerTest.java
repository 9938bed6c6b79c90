package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.PoolUnavailableException;
import io.github.belfry.RequestTimeoutException;
import io.github.belfry.Signal;
import io.github.belfry.WorkerDiedException;
import io.github.belfry.WorkerFaultException;
import io.github.belfry.WorkerInfo;
import io.github.belfry.WorkerPool;
import io.github.belfry.WorkerSession;
import io.github.belfry.WorkerStartException;
import io.github.belfry.support.Await;
import io.github.belfry.support.Heard;
import io.github.belfry.support.LogRecords;
import io.github.belfry.support.Requests;
import io.github.belfry.support.TestPrograms;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PoolListenerTest {
    private final Heard heard = new Heard();

    @TempDir
    private Path directory;

    @Test
    void theLivesOfAWorkerAreToldInOrderByOneThread() throws Exception {
        long pid;
        try (WorkerPool pool =
                Requests.crash().name("told").maxAttempts(2).listener(heard).start()) {
            pid = pool.pids().get(0);
            Requests.failure(WorkerDiedException.class, Requests.send(pool, "exit 3"));
            assertThat(Requests.ask(pool, "x")).isEqualTo("x");
        }
        assertThat(heard.events())
                .hasSize(7)
                .containsSubsequence(
                        "started 0.1",
                        "ended 0.1 Exited[code=3]",
                        "started 0.2",
                        "ended 0.2 Exited[code=3]",
                        "started 0.3",
                        "ended 0.3 Exited[code=0]")
                // by the thread that completes futures
                .containsSubsequence("ended 0.2 Exited[code=3]", "failed 0.2 WorkerDiedException");
        assertThat(heard.workers().get(0)).isEqualTo(new WorkerInfo("told", 0, pid, 1));
        assertThat(heard.threads()).containsOnly(heard.threads().get(0));
        assertThat(heard.threads().get(0).getName()).isEqualTo("belfry-told-listener");
        Await.until(
                "its thread ends with the pool", () -> !heard.threads().get(0).isAlive());
    }

    @Test
    void aWorkerThatNeverGetsReadyIsToldToo() {
        try (WorkerPool pool =
                Requests.poolWorker(directory.resolve("log"), 7).listener(heard).start()) {
            throw new AssertionError(pool.pids());
        } catch (Exception notReady) {
            assertThat(notReady).isInstanceOf(WorkerStartException.class);
        }
        assertThat(heard.events("ended")).containsExactly("ended 0.1 Exited[code=7] no model to load\n");
        assertThat(heard.events("started")).isEmpty();
    }

    @Test
    void aBrokenRuleIsToldBeforeTheEnd() throws Exception {
        try (WorkerPool pool = Requests.crash().maxAttempts(1).listener(heard).start()) {
            Requests.failure(WorkerDiedException.class, Requests.send(pool, "corrupt tail"));
        }
        assertThat(heard.events())
                .startsWith(
                        "started 0.1",
                        "quarantined 0.1",
                        "ended 0.1 Signaled[signal=SIGKILL, coreDumped=false]")
                .containsOnlyOnce("failed 0.1 WorkerDiedException");
        assertThat(heard.events("quarantined")).hasSize(1);
    }

    @Test
    void aTimeoutIsAFailureAndAFaultIsNone() throws Exception {
        try (WorkerPool pool = Requests.crash()
                .executionTimeout(Duration.ofMillis(300))
                .listener(heard)
                .start()) {
            Requests.failure(WorkerFaultException.class, Requests.send(pool, "fault 3 why"));
            Requests.failure(RequestTimeoutException.class, Requests.send(pool, "loop"));
        }
        assertThat(heard.events("failed")).containsExactly("failed 0.1 RequestTimeoutException");
    }

    @Test
    void oneThatIsLateBeforeItBeginsIsAFailureOfNoWorker() throws Exception {
        Path gate = directory.resolve("gate");
        try (WorkerPool pool = Requests.poolWorker().listener(heard).start()) {
            CompletableFuture<byte[]> first = Busy.until(gate, pool);
            Requests.failure(
                    RequestTimeoutException.class,
                    pool.withTimeout(Duration.ofMillis(50)).submit(Requests.bytes("x")));
            Files.createFile(gate);
            Requests.result(first);
        }
        assertThat(heard.events("failed")).containsExactly("failed none RequestTimeoutException");
    }

    @Test
    void oneThatIsLateInHandIsAFailureOfItsWorker() throws Exception {
        Path gate = directory.resolve("gate");
        try (WorkerPool pool = Requests.poolWorker().listener(heard).start()) {
            CompletableFuture<byte[]> late = Busy.until(gate, pool, pool.withTimeout(Duration.ofMillis(500)), 0);
            Requests.failure(RequestTimeoutException.class, late);
            Files.createFile(gate);
        }
        assertThat(heard.events("failed")).containsExactly("failed 0.1 RequestTimeoutException");
    }

    @Test
    void oneForWhichThereIsNoRoomHasFailed() throws Exception {
        Path gate = directory.resolve("gate");
        try (WorkerPool pool =
                Requests.poolWorker().ringBytes(1 << 16).listener(heard).start()) {
            CompletableFuture<byte[]> first = Busy.until(gate, pool);
            byte[] large = new byte[pool.maxRequestBytes() - 1000];
            CompletableFuture<byte[]> second = pool.submit(large);
            Requests.failure(
                    RequestTimeoutException.class,
                    pool.withTimeout(Duration.ofMillis(50)).submit(large));
            Files.createFile(gate);
            Requests.result(first);
            Requests.result(second);
        }
        assertThat(heard.events("failed")).containsExactly("failed none RequestTimeoutException");
    }

    @Test
    void whatASessionLosesHasFailed() throws Exception {
        try (WorkerPool pool = Requests.poolWorker().listener(heard).start();
                WorkerSession session = pool.session()) {
            CompletableFuture<byte[]> lost = Busy.until(directory.resolve("never"), pool, session, session.worker());
            Requests.signal(session.pid(), Signal.KILL);
            Requests.failure(WorkerDiedException.class, lost);
        }
        assertThat(heard.events("failed")).containsExactly("failed 0.1 WorkerDiedException");
    }

    @Test
    void aReadThatDoesNotReturnHasFailedWithTheEndOfThePool() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        WorkerPool pool = Requests.poolWorker()
                .closeGrace(Duration.ofMillis(50))
                .listener(heard)
                .start();
        CompletableFuture<Boolean> reading = pool.submit(0, 0, body -> {}, reply -> Requests.awaitLatch(never));
        pool.close();
        Requests.failure(PoolUnavailableException.class, reading);
        never.countDown();
        assertThat(heard.events("failed")).containsExactly("failed none PoolUnavailableException");
    }

    @Test
    void whatTheCloseOfThePoolLeavesUnansweredHasFailed() throws Exception {
        WorkerPool pool = Requests.poolWorker()
                .closeGrace(Duration.ofMillis(300))
                .listener(heard)
                .start();
        Requests.send(pool, "wait " + directory.resolve("never"));
        CompletableFuture<byte[]> cancelled = Requests.send(pool, "x");
        Requests.send(pool, "x");
        cancelled.cancel(false);
        pool.close();
        assertThat(heard.events("failed"))
                .containsExactly("failed none PoolUnavailableException", "failed none PoolUnavailableException");
    }

    @Test
    void theBreakerIsTold() throws Exception {
        Path file = Files.createFile(directory.resolve("file"));
        try (WorkerPool pool = Requests.script("test -e $0 || exit 9; exec \"$1\"", file)
                .workers(1)
                .breaker(2, Duration.ofMillis(100))
                .listener(heard)
                .start()) {
            Files.delete(file);
            Requests.signal(pool.pids().get(0), Signal.KILL);
            Await.until("it is open", () -> heard.events("opened").size() == 1);
            Files.createFile(file);
            heard.await("closed");
        }
        assertThat(heard.events("opened").get(0)).contains("2 times in a row", "Exited[code=9]");
        assertThat(heard.events("closed")).hasSize(1);
    }

    @Test
    void whatFailsInsideThePoolIsToldAndNotLogged() throws Exception {
        Path worker = directory.resolve("worker");
        Files.copy(Path.of(TestPrograms.path("pool_worker")), worker);
        try (LogRecords log = new LogRecords()) {
            try (WorkerPool pool = WorkerPool.command(worker.toString())
                    .workers(1)
                    .listener(heard)
                    .start()) {
                Files.delete(worker);
                Requests.signal(pool.pids().get(0), Signal.KILL);
                heard.await("error WorkerStartException");
            }
            assertThat(heard.errors().get(0)).hasMessageContaining("ENOENT");
            assertThat(heard.errors()).doesNotHaveDuplicates();
            assertThat(log.messages()).isEmpty();
        }
    }

    @Test
    void aPoolWithoutAListenerLogs() throws Exception {
        try (LogRecords log = new LogRecords()) {
            long pid;
            try (WorkerPool pool = Requests.crash().name("logs").maxAttempts(1).start()) {
                pid = pool.pids().get(0);
                Requests.failure(WorkerDiedException.class, Requests.send(pool, "exit 3"));
            }
            assertThat(log.messages())
                    .containsExactly("pool logs, worker 0 (pid " + pid + ") has ended: Exited[code=3]");
        }
    }

    @Test
    void whatAListenerThrowsIsLoggedOnceAndDoesNoHarm() throws Exception {
        Heard throwing = new Heard() {
            @Override
            protected void hear(String event) {
                super.hear(event);
                throw new IllegalStateException("on purpose");
            }
        };
        try (LogRecords log = new LogRecords()) {
            try (WorkerPool pool = Requests.crash()
                    .name("thrown")
                    .maxAttempts(1)
                    .listener(throwing)
                    .start()) {
                Requests.failure(WorkerDiedException.class, Requests.send(pool, "exit 3"));
                assertThat(Requests.ask(pool, "x")).isEqualTo("x");
            }
            assertThat(throwing.events()).hasSize(5);
            Await.until("it is logged", () -> !log.messages().isEmpty());
            assertThat(log.messages())
                    .containsExactly(
                            "pool thrown, its listener goes on after java.lang.IllegalStateException:" + " on purpose");
        }
    }

    /** Neither requests nor restarts wait for it, and the pool's end only as long as the grace. */
    @Test
    void aListenerThatBlocksDelaysNothingButTheEndForAGrace() throws Exception {
        CountDownLatch released = new CountDownLatch(1);
        Heard blocking = new Heard() {
            @Override
            protected void hear(String event) {
                super.hear(event);
                Requests.awaitLatch(released);
            }
        };
        WorkerPool pool = Requests.crash()
                .maxAttempts(1)
                .closeGrace(Duration.ofMillis(200))
                .listener(blocking)
                .start();
        Requests.failure(WorkerDiedException.class, Requests.send(pool, "exit 3"));
        assertThat(Requests.ask(pool, "x")).isEqualTo("x");
        long start = System.nanoTime();
        pool.close();
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(200_000_000);
        assertThat(blocking.events()).containsExactly("started 0.1");
        released.countDown();
        Await.until("its thread ends", () -> !blocking.threads().get(0).isAlive());
        assertThat(blocking.events()).containsExactly("started 0.1");
    }

    @Test
    void aSlowListenerIsHeardOutByClose() throws Exception {
        Heard slow = new Heard() {
            @Override
            protected void hear(String event) {
                try {
                    Thread.sleep(200);
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                super.hear(event);
            }
        };
        Requests.crash().workers(2).listener(slow).start().close();
        assertThat(slow.events()).hasSize(4);
    }

    @Test
    void aListenerMaySendRequestsAndCloseThePool() throws Exception {
        AtomicReference<WorkerPool> pool = new AtomicReference<>();
        AtomicReference<String> reply = new AtomicReference<>();
        CountDownLatch published = new CountDownLatch(1);
        Heard closing = new Heard() {
            @Override
            protected void hear(String event) {
                super.hear(event);
                if (event.startsWith("started")) {
                    Requests.awaitLatch(published);
                    reply.set(Requests.text(pool.get().call(Requests.bytes("x"))));
                    pool.get().close();
                }
            }
        };
        pool.set(Requests.crash()
                .closeGrace(Duration.ofSeconds(20))
                .listener(closing)
                .start());
        long start = System.nanoTime();
        published.countDown();
        assertThat(pool.get().awaitTermination(Duration.ofSeconds(15))).isTrue();
        assertThat(reply).hasValue("x");
        assertThat(closing.events()).isEqualTo(List.of("started 0.1", "ended 0.1 Exited[code=0]"));
        assertThat(System.nanoTime() - start).isLessThan(15_000_000_000L);
    }
}
