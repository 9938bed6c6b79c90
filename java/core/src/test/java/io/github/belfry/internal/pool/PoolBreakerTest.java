package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.belfry.Inside;
import io.github.belfry.PoolStats;
import io.github.belfry.PoolUnavailableException;
import io.github.belfry.RequestTimeoutException;
import io.github.belfry.Signal;
import io.github.belfry.WorkerDiedException;
import io.github.belfry.WorkerException;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerPool;
import io.github.belfry.support.Await;
import io.github.belfry.support.Leftovers;
import io.github.belfry.support.Requests;
import io.github.belfry.support.TestPrograms;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PoolBreakerTest {
    private static final String WHILE_FILE =
            "test -e $0 || { echo incarnation >> $0.lives; echo no file >&2; exit 9; }; exec \"$1\"";

    @TempDir
    private Path directory;

    private static boolean refuses(WorkerPool pool) throws Exception {
        CompletableFuture<byte[]> future = Requests.send(pool, "x");
        return future.isCompletedExceptionally()
                && Requests.failure(RuntimeException.class, future) instanceof PoolUnavailableException;
    }

    /** As this VM sees it, and any other. */
    private static boolean isOpen(PoolStats stats) throws Exception {
        assertThat(PoolStats.of(ProcessHandle.current().pid()))
                .filteredOn(seen -> seen.pool().equals(stats.pool()))
                .extracting(PoolStats::breakerOpen)
                .containsExactly(stats.breakerOpen());
        return stats.breakerOpen();
    }

    private static void killAll(List<Long> pids) throws Exception {
        for (long pid : pids) {
            Requests.signal(pid, Signal.KILL);
        }
    }

    @Test
    void aPoolWhoseWorkersAllKeepDyingStopsUntilOneGetsReady() throws Exception {
        Path file = Files.createFile(directory.resolve("file"));
        Path lives = directory.resolve("file.lives");
        try (WorkerPool pool = Requests.script(WHILE_FILE, file)
                .workers(2)
                .breaker(3, Duration.ofMillis(200))
                .start()) {
            List<Long> pids = pool.pids();
            Requests.stop(pids.get(0));
            Requests.stop(pids.get(1));
            List<CompletableFuture<byte[]>> queued = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                queued.add(Requests.send(pool, "x"));
            }
            Files.delete(file);
            killAll(pids);
            for (CompletableFuture<byte[]> future : queued) {
                WorkerDiedException e = Requests.failure(WorkerDiedException.class, future);
                assertThat(e.exit()).isEqualTo(new WorkerExit.Exited(9));
                assertThat(e.stderrTail()).isEqualTo("no file\n");
                assertThat(e).hasMessageEndingWith("; it said: no file");
                assertThat(e.attempts()).isZero();
                assertThat(e.mayHaveRun()).isTrue();
            }
            assertThat(refuses(pool)).isTrue();
            assertThat(isOpen(pool.stats())).isTrue();
            assertThatThrownBy(() -> pool.call(Requests.bytes("x")))
                    .isInstanceOf(PoolUnavailableException.class)
                    .hasMessageContaining("no file")
                    .matches(e -> !((WorkerException) e).mayHaveRun());
            assertThatThrownBy(() -> pool.offer(Requests.bytes("x"))).isInstanceOf(PoolUnavailableException.class);
            assertThat(pool.pids()).hasSizeLessThan(2);
            Await.until("what has failed is counted", () -> Requests.unanswered(pool) == 0);

            int tried = Files.readAllLines(lives).size();
            Await.until("trials go on", () -> Files.readAllLines(lives).size() > tried + 2);
            assertThat(refuses(pool)).isTrue();

            Files.createFile(file);
            Await.until("a trial worker closes the breaker", () -> !refuses(pool));
            assertThat(isOpen(pool.stats())).isFalse();
            Await.until("the other comes back", () -> pool.pids().size() == 2);
            assertThat(Requests.ask(pool, "x")).isEqualTo("type 0 attempt 1 size 1");
        }
    }

    @Test
    void aProgramThatIsGoneOpensTheBreakerToo() throws Exception {
        Path worker = directory.resolve("worker");
        Files.copy(Path.of(TestPrograms.path("pool_worker")), worker);
        try (WorkerPool pool = WorkerPool.command(worker.toString())
                .workers(2)
                .breaker(3, Duration.ofMillis(200))
                .start()) {
            Files.move(worker, directory.resolve("elsewhere"));
            killAll(pool.pids());
            Await.until("it is open", () -> refuses(pool));
            Files.move(directory.resolve("elsewhere"), worker);
            Await.until("a trial worker closes it", () -> !refuses(pool));
            assertThat(Requests.ask(pool, "x")).isEqualTo("type 0 attempt 1 size 1");
        }
    }

    /** The other slot goes on failing, which is no reason to stop the pool again. */
    @Test
    void oneWorkerThatGetsReadyIsEnough() throws Exception {
        Path file = Files.createFile(directory.resolve("file"));
        Path lives = directory.resolve("file.lives");
        String script = WHILE_FILE.replace("exec", "test -e $0.all || mv $0 $0.taken 2>/dev/null || exit 9; exec");
        Path all = Files.createFile(directory.resolve("file.all"));
        try (WorkerPool pool = Requests.script(script, file)
                .workers(2)
                .breaker(3, Duration.ofMillis(200))
                .start()) {
            Files.delete(file);
            Files.delete(all);
            killAll(pool.pids());
            Await.until("it is open", () -> refuses(pool));
            Files.createFile(file);
            Await.until("a trial worker closes it", () -> !refuses(pool));
            int tried = Files.readAllLines(lives).size();
            Await.until("the other is tried", () -> Files.readAllLines(lives).size() > tried);
            for (int i = 0; i < 100; i++) {
                assertThat(Requests.ask(pool, "x")).isEqualTo("type 0 attempt 1 size 1");
            }
        }
    }

    /** What opens the breaker for all stops none by itself. */
    @Test
    void aSlotIsTriedAgainHoweverOftenItHasDiedWhileAnotherHasNot() throws Exception {
        Path file = Files.createFile(directory.resolve("file"));
        Path lives = directory.resolve("file.lives");
        try (WorkerPool pool = Requests.script(WHILE_FILE, file)
                .workers(2)
                .breaker(2, Duration.ofMinutes(1))
                .start()) {
            Files.delete(file);
            Requests.signal(pool.pids().get(0), Signal.KILL);
            Await.until("it is tried again", () -> Files.exists(lives) && Files.readAllLines(lives).size() > 3);
            assertThat(isOpen(pool.stats())).isFalse();
            assertThat(Requests.ask(pool, "x")).isEqualTo("type 0 attempt 1 size 1");

            Files.createFile(file);
            Await.until("it is back", () -> Inside.of(pool).slots().stream().allMatch(Slot::isServing));
        }
    }

    /** Each death finds some that have become late while the worker started, which isn't because of it. */
    @Test
    void requestsThatAreLateAreNoProgress() throws Exception {
        int deaths = 4;
        Path file = Files.createFile(directory.resolve("file"));
        Path lives = directory.resolve("file.lives");
        try (WorkerPool pool = Requests.script(WHILE_FILE.replace("exit", "sleep 0.1; exit"), file)
                .workers(1)
                .inFlightPerWorker(200)
                .breaker(deaths, Duration.ofMinutes(1))
                .start()) {
            Requests.stop(pool.pids().get(0));
            for (int i = 1; i <= 200; i++) {
                pool.withTimeout(Duration.ofMillis(20 * i)).submit(Requests.bytes("x"));
            }
            Files.delete(file);
            killAll(pool.pids());
            Await.until("it is open", () -> pool.stats().breakerOpen());
            assertThat(Files.readAllLines(lives)).hasSize(deaths);
        }
    }

    /** It died with it in hand all the same. */
    @Test
    void aDeathWithALateRequestInHandCounts() throws Exception {
        try (WorkerPool pool = Requests.poolWorker()
                .workers(1)
                .breaker(2, Duration.ofMinutes(1))
                .start()) {
            for (int i = 0; i < 2; i++) {
                Await.until("one runs", Inside.of(pool).slots().get(0)::isServing);
                Path gate = directory.resolve("gate" + i);
                CompletableFuture<byte[]> late = Busy.until(gate, pool, pool.withTimeout(Duration.ofMillis(500)), 0);
                Requests.failure(RequestTimeoutException.class, late);
                killAll(pool.pids());
                int deaths = i + 1;
                Await.until("it has died", () -> pool.stats().total().deaths() == deaths);
            }
            Await.until("it is open", () -> pool.stats().breakerOpen());
        }
    }

    @Test
    void aPoolCanBeClosedWhileItsBreakerIsOpen() throws Exception {
        Path file = Files.createFile(directory.resolve("file"));
        Leftovers before = Leftovers.before(Requests.script(WHILE_FILE, file).workers(1));
        WorkerPool pool = Requests.script(WHILE_FILE, file)
                .workers(1)
                .breaker(3, Duration.ofMinutes(1))
                .start();
        Files.delete(file);
        killAll(pool.pids());
        Await.until("it is open", () -> refuses(pool));
        Await.until("what has failed is counted", () -> Requests.unanswered(pool) == 0);
        pool.close();
        assertThat(pool.stats().total().deaths()).isEqualTo(1 + 3); // the first was idle
        before.awaitAgain();
    }

    @Test
    void deathsWithARequestInHandOpenIt() throws Exception {
        try (WorkerPool pool = Requests.crash()
                .maxAttempts(10)
                .breaker(3, Duration.ofMinutes(1))
                .start()) {
            WorkerDiedException e = Requests.failure(WorkerDiedException.class, Requests.send(pool, "exit 1"));
            assertThat(e.attempts()).isEqualTo(3);
            assertThat(refuses(pool)).isTrue();
        }
    }

    @Test
    void aReplyEndsTheRow() throws Exception {
        try (WorkerPool pool =
                Requests.crash().breaker(2, Duration.ofMinutes(1)).start()) {
            for (int i = 0; i < 5; i++) {
                assertThat(Requests.ask(pool, "crash-once x")).isEqualTo("x");
            }
            assertThat(pool.stats().total().deaths()).isEqualTo(5);
        }
    }

    /** It has failed by then, which ends the row. */
    @Test
    void aRequestAtItsLastAttemptDoesNotOpenIt() throws Exception {
        try (WorkerPool pool = Requests.crash()
                .maxAttempts(2)
                .breaker(2, Duration.ofMinutes(1))
                .start()) {
            for (int i = 0; i < 5; i++) {
                WorkerDiedException e = Requests.failure(WorkerDiedException.class, Requests.send(pool, "exit 1"));
                assertThat(e.attempts()).isEqualTo(2);
            }
            assertThat(Requests.ask(pool, "x")).isEqualTo("x");
        }
    }

    @Test
    void idleDeathsNeverOpenIt() throws Exception {
        try (WorkerPool pool = WorkerPool.bundled("echo")
                .workers(1)
                .breaker(2, Duration.ofMinutes(1))
                .start()) {
            endInARow(pool, 8, () -> Requests.signal(Requests.onlyPid(pool), Signal.KILL));
            assertThat(Requests.ask(pool, "x")).isEqualTo("x");
        }
    }

    /** With a wait after each that doubles, so many would take minutes. */
    @ParameterizedTest
    @ValueSource(strings = {"TERM", "INT", "KILL"})
    void endsThatWereAskedForNeitherOpenItNorWait(String signal) throws Exception {
        try (WorkerPool pool = WorkerPool.bundled("echo")
                .workers(1)
                .breaker(2, Duration.ofMinutes(1))
                .start()) {
            endInARow(pool, 15, () -> pool.signalAll(Signal.of(signal)));
            assertThat(Requests.ask(pool, "x")).isEqualTo("x");
        }
    }

    @Test
    void anEndThatWasAskedForWithARequestInHandDoesNotOpenIt() throws Exception {
        Path go = directory.resolve("go");
        try (WorkerPool pool = Requests.poolWorker()
                .maxAttempts(10)
                .breaker(2, Duration.ofMinutes(1))
                .start()) {
            CompletableFuture<byte[]> waits = Requests.send(pool, "wait " + go);
            endInARow(pool, 5, () -> {
                Incarnation running = Inside.of(pool).slots().get(0).incarnation();
                Await.until("it is in hand", () -> running.inHand() != 0);
                pool.signalAll(Signal.KILL);
            });
            Files.createFile(go);
            assertThat(Requests.result(waits)).isEmpty();
        }
    }

    private interface End {
        void run() throws Exception;
    }

    /** Ends the only worker again and again, as soon as the next one is ready. */
    private static void endInARow(WorkerPool pool, int times, End end) throws Exception {
        Slot slot = Inside.of(pool).slots().get(0);
        for (int i = 0; i < times; i++) {
            Await.until("it is ready", slot::isServing);
            long deaths = pool.stats().total().deaths();
            end.run();
            Await.until("its death is counted", () -> pool.stats().total().deaths() > deaths);
        }
    }
}
