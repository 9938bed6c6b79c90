package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.belfry.Inside;
import io.github.belfry.PoolUnavailableException;
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
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
                .breaker(5, Duration.ofMillis(200))
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
                assertThat(e.attempts()).isZero();
                assertThat(e.mayHaveRun()).isTrue();
            }
            assertThat(refuses(pool)).isTrue();
            assertThatThrownBy(() -> pool.call(Requests.bytes("x")))
                    .isInstanceOf(PoolUnavailableException.class)
                    .hasMessageContaining("no file")
                    .matches(e -> !((WorkerException) e).mayHaveRun());
            assertThatThrownBy(() -> pool.offer(Requests.bytes("x"))).isInstanceOf(PoolUnavailableException.class);
            assertThat(pool.pids()).hasSizeLessThan(2);
            Await.until("what has failed is counted", () -> pool.stats().total().inFlight() == 0);

            int tried = Files.readAllLines(lives).size();
            Await.until("trials go on", () -> Files.readAllLines(lives).size() > tried + 2);
            assertThat(refuses(pool)).isTrue();

            Files.createFile(file);
            Await.until("a trial worker closes the breaker", () -> !refuses(pool));
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
                .breaker(5, Duration.ofMillis(200))
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
                .breaker(5, Duration.ofMillis(200))
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

    @Test
    void aPoolCanBeClosedWhileItsBreakerIsOpen() throws Exception {
        Path file = Files.createFile(directory.resolve("file"));
        Leftovers before = Leftovers.before(Requests.script(WHILE_FILE, file).workers(1));
        WorkerPool pool = Requests.script(WHILE_FILE, file).workers(1).start();
        Files.delete(file);
        killAll(pool.pids());
        Await.until("it is open", () -> refuses(pool));
        pool.close();
        assertThat(pool.stats().total().deaths()).isEqualTo(5);
        before.awaitAgain();
    }

    /** Its deaths before the answer don't count. */
    @Test
    void aPlaceThatHasAnsweredSinceKeepsItClosed() throws Exception {
        try (WorkerPool pool = WorkerPool.bundled("echo").workers(2).start()) {
            killInARow(pool, 1);
            Await.until("it is ready again", Inside.of(pool).slots().get(1)::isServing);
            long other = Inside.of(pool).slots().get(0).incarnation().pid();
            Requests.stop(other); // so that it can't answer all
            CompletableFuture<?>[] some =
                    Stream.generate(() -> Requests.send(pool, "x")).limit(4).toArray(CompletableFuture[]::new);
            CompletableFuture.anyOf(some).get(30, TimeUnit.SECONDS);
            Requests.signal(other, Signal.CONT);
            CompletableFuture.allOf(some).get(30, TimeUnit.SECONDS);
            killInARow(pool, 0);
            assertThat(refuses(pool)).isFalse();
            assertThat(pool.call(new byte[1])).hasSize(1);
        }
    }

    /** Five lives without an answer. */
    private static void killInARow(WorkerPool pool, int slot) throws Exception {
        for (int i = 0; i < 5; i++) {
            Await.until("it is ready", Inside.of(pool).slots().get(slot)::isServing);
            long deaths = pool.stats().workers().get(slot).deaths();
            Requests.signal(Inside.of(pool).slots().get(slot).incarnation().pid(), Signal.KILL);
            Await.until(
                    "its death is counted",
                    () -> pool.stats().workers().get(slot).deaths() > deaths);
        }
    }
}
