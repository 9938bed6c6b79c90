package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.belfry.Inside;
import io.github.belfry.PoolUnavailableException;
import io.github.belfry.RequestInterruptedException;
import io.github.belfry.WorkerDiedException;
import io.github.belfry.WorkerPool;
import io.github.belfry.WorkerSession;
import io.github.belfry.support.Await;
import io.github.belfry.support.OwnThread;
import io.github.belfry.support.Proof;
import io.github.belfry.support.Requests;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PoolReplacementTest {
    private static final int WORKERS = 2;

    @TempDir
    private Path directory;

    /** Requests from several threads until {@code over}: each replies the process that ran it. */
    private final class Load {
        private final AtomicBoolean over = new AtomicBoolean();
        private final AtomicInteger next = new AtomicInteger();
        private final Set<String> pids = ConcurrentHashMap.newKeySet();
        private final List<CompletableFuture<Void>> threads = new ArrayList<>();

        Load(WorkerPool pool) {
            for (int i = 0; i < 4; i++) {
                threads.add(CompletableFuture.runAsync(() -> run(pool), OwnThread.PER_TASK));
            }
        }

        private void run(WorkerPool pool) {
            while (!over.get()) {
                byte[] request = Requests.bytes("name " + directory.resolve("ran") + " " + next.getAndIncrement());
                pids.add(Requests.text(pool.call(request)));
            }
        }

        /** No request has failed, or run twice. */
        void end() throws Exception {
            over.set(true);
            threads.forEach(CompletableFuture::join);
            List<String> ran = Files.readAllLines(directory.resolve("ran"));
            assertThat(ran).hasSize(next.get());
            assertThat(new HashSet<>(ran)).hasSize(next.get());
        }
    }

    @Test
    void restartedWorkersAreNewAndNoRequestFailsOrRunsTwice() throws Exception {
        try (WorkerPool pool = Requests.poolWorker().workers(WORKERS).start()) {
            List<Long> before = pool.pids();
            Load load = new Load(pool);
            for (int i = 0; i < 5; i++) {
                List<Long> old = pool.pids();
                pool.restartWorkers();
                assertThat(pool.pids()).hasSize(WORKERS).doesNotContainAnyElementsOf(old);
            }
            load.end();
            assertThat(pool.pids()).doesNotContainAnyElementsOf(before);
            assertThat(pool.stats().total().deaths()).isZero();
            assertThat(pool.stats().breakerOpen()).isFalse();
        }
    }

    @Test
    @Tag(Proof.TAG)
    void aWorkerIsReplacedAfterSoManyRequests() throws Exception {
        int pids = Proof.times(6, 1_000);
        try (WorkerPool pool = Requests.poolWorker()
                .workers(WORKERS)
                .maxRequestsPerWorker(50)
                .start()) {
            Load load = new Load(pool);
            for (int i = WORKERS; i <= pids; i++) {
                int next = i;
                Await.until(() -> next + " have run", () -> load.pids.size() >= next);
            }
            load.end();
            assertThat(load.next.get()).isGreaterThanOrEqualTo((pids - WORKERS) * 50);
            assertThat(pool.stats().total().deaths()).isZero();
            Proof.counted(
                    "replacement",
                    "%,d workers replaced after 50 requests each, amid %,d of 4 threads: 0 failed, 0 ran twice",
                    load.pids.size() - WORKERS,
                    load.next.get());
        }
    }

    @Test
    void maxRequestsPerWorkerWaitsForSessions() throws Exception {
        try (WorkerPool pool = Requests.poolWorker()
                .workers(1)
                .maxRequestsPerWorker(3)
                .start()) {
            WorkerSession session = pool.session();
            for (int i = 0; i < 300; i++) {
                session.call(Requests.bytes("x"));
                Requests.ask(pool, "x");
            }
            assertThat(pool.pids()).containsExactly(session.pid());
            session.close();
            Await.until("it is replaced", () -> {
                Requests.ask(pool, "x");
                return pool.pids().size() == 1 && pool.pids().get(0) != session.pid();
            });
        }
    }

    @Test
    void restartWorkersEndsSessions() throws Exception {
        try (WorkerPool pool = Requests.poolWorker().workers(1).start();
                WorkerSession session = pool.session()) {
            session.call(Requests.bytes("x"));
            pool.restartWorkers();
            assertThat(session.isOpen()).isFalse();
            assertThatThrownBy(() -> session.call(Requests.bytes("x"))).isInstanceOf(WorkerDiedException.class);
        }
    }

    /** Waits for a worker that has a request in hand. */
    private CompletableFuture<byte[]> busy(WorkerPool pool, Path gate) throws Exception {
        CompletableFuture<byte[]> first = Requests.send(pool, "sleep-note 0 " + directory.resolve("begun"));
        first.join();
        CompletableFuture<byte[]> busy = Requests.send(pool, "wait " + gate);
        Slot slot = Inside.of(pool).slots().get(0);
        Await.until("it is in hand", () -> slot.incarnation().inHand() == slot.queue().peek().end());
        return busy;
    }

    @Test
    void theRequestInHandIsFinishedFirst() throws Exception {
        Path gate = directory.resolve("gate");
        try (WorkerPool pool = Requests.poolWorker().workers(1).start()) {
            CompletableFuture<byte[]> busy = busy(pool, gate);
            CompletableFuture<Void> restarted = CompletableFuture.runAsync(pool::restartWorkers, OwnThread.PER_TASK);
            CompletableFuture<byte[]> behind = Requests.send(pool, "x");
            Files.createFile(gate);
            assertThat(Requests.result(busy)).isEmpty();
            assertThat(Requests.result(behind)).isEqualTo("type 0 attempt 1 size 1");
            restarted.join();
        }
    }

    @Test
    void anInterruptLeavesTheRest() throws Exception {
        Path gate = directory.resolve("gate");
        try (WorkerPool pool = Requests.poolWorker().workers(1).start()) {
            CompletableFuture<byte[]> busy = busy(pool, gate);
            AtomicReference<Thread> thread = new AtomicReference<>();
            CompletableFuture<Throwable> thrown = CompletableFuture.supplyAsync(
                    () -> {
                        thread.set(Thread.currentThread());
                        return catchThrowable(pool::restartWorkers);
                    },
                    OwnThread.PER_TASK);
            Await.until(
                    "it waits", () -> thread.get() != null && thread.get().getState() == Thread.State.WAITING);
            thread.get().interrupt();
            assertThat(thrown.join()).isInstanceOf(RequestInterruptedException.class);
            Files.createFile(gate);
            assertThat(Requests.result(busy)).isEmpty();
        }
    }

    @Test
    void aNewWorkerThatIsNotReadyInTimeIsTold() throws Exception {
        Path hold = directory.resolve("hold");
        try (WorkerPool pool = Requests.script("while test -e $0; do sleep 0.05; done; exec \"$1\"", hold)
                .workers(WORKERS)
                .startTimeout(Duration.ofSeconds(2))
                .start()) {
            Files.createFile(hold);
            assertThatThrownBy(pool::restartWorkers)
                    .isInstanceOf(PoolUnavailableException.class)
                    .hasMessageContaining("worker 0 was replaced by one that isn't ready in time");
            Files.delete(hold);
            assertThat(Requests.ask(pool, "x")).startsWith("type 0");
        }
    }

    @Test
    void theEndOfThePoolEndsTheWait() throws Exception {
        Path gate = directory.resolve("gate");
        WorkerPool pool = Requests.poolWorker().workers(1).closeGrace(Duration.ZERO).start();
        busy(pool, gate);
        CompletableFuture<Throwable> thrown =
                CompletableFuture.supplyAsync(() -> catchThrowable(pool::restartWorkers), OwnThread.PER_TASK);
        pool.close();
        assertThat(thrown.join()).isInstanceOf(PoolUnavailableException.class);
        assertThatThrownBy(pool::restartWorkers).isInstanceOf(PoolUnavailableException.class);
    }
}
