package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.Inside;
import io.github.belfry.Signal;
import io.github.belfry.WorkerDiedException;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerPool;
import io.github.belfry.support.Await;
import io.github.belfry.support.ProcFs;
import io.github.belfry.support.Proof;
import io.github.belfry.support.Requests;
import io.github.belfry.support.TestPrograms;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

public class PoolDeathTest {
    /** Becomes the worker while the file is there. */
    private static final String WHILE_FILE = "test -e $0 || { echo incarnation >> $0.lives; exit 9; }; exec \"$1\"";

    @TempDir
    private Path directory;

    private static void awaitDeaths(WorkerPool pool, long deaths) throws Exception {
        Await.until(
                () -> deaths + " deaths: " + pool.stats(),
                () -> pool.stats().total().deaths() >= deaths);
    }

    private static void kill(WorkerPool pool, long pid) throws Exception {
        long deaths = pool.stats().total().deaths();
        Requests.signal(pid, Signal.KILL);
        awaitDeaths(pool, deaths + 1);
    }

    /** A worker that sleeps has published its counters. */
    private static boolean isAsleep(WorkerPool pool) {
        Incarnation incarnation = Inside.of(pool).slots().get(0).incarnation();
        return incarnation != null && incarnation.ringer().isAsleep();
    }

    @Test
    void repliesPublishedBeforeADeathAreNotAskedForAgain() throws Exception {
        Path notes = directory.resolve("notes");
        try (WorkerPool pool =
                Requests.poolWorker().inFlightPerWorker(Requests.IN_RING).start()) {
            Slot slot = Inside.of(pool).slots().get(0);
            Await.until("the consumer lock", slot::tryConsume);
            List<CompletableFuture<byte[]>> replies = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                replies.add(Requests.send(pool, "note " + notes));
            }
            Await.until(
                    "all are answered, and none is read",
                    () -> pool.stats().total().answered() == 20 && isAsleep(pool));
            Requests.signal(Requests.onlyPid(pool), Signal.KILL);
            Await.until("it has ended", () -> slot.incarnation().exit() != null);
            slot.stopConsuming();
            for (CompletableFuture<byte[]> reply : replies) {
                assertThat(Requests.result(reply)).isEqualTo("1");
            }
            awaitDeaths(pool, 1);
            assertThat(Requests.ask(pool, "x")).isEqualTo("type 0 attempt 1 size 1");
        }
        assertThat(notes).hasContent("1\n".repeat(20));
    }

    /** With a back-off the twelfth incarnation would begin after 200 s. */
    @Test
    void aDeathAfterAReplyIsFollowedByALifeAtOnce() throws Exception {
        try (WorkerPool pool = Requests.poolWorker().start()) {
            for (int i = 0; i < 12; i++) {
                Requests.ask(pool, "x");
                kill(pool, Requests.onlyPid(pool));
            }
            Requests.ask(pool, "x");
            assertThat(pool.stats().total().deaths()).isEqualTo(12);
        }
    }

    /** The same for requests that fail; and each reply is found by a bell, not by the safety net. */
    @Test
    void aSettledRequestEndsTheRowOfDeaths() throws Exception {
        try (WorkerPool pool = Requests.crash().maxAttempts(1).start()) {
            for (int i = 0; i < 40; i++) {
                Requests.failure(WorkerDiedException.class, Requests.send(pool, "exit 1"));
                if (i % 2 == 0) {
                    assertThat(Requests.ask(pool, "x")).isEqualTo("x");
                }
            }
            assertThat(pool.stats().total().rescues()).isZero();
        }
    }

    @Test
    void theNextLifeGoesOnAtTheOldestUnanswered() throws Exception {
        Path first = directory.resolve("first");
        Path poison = directory.resolve("poison");
        Path behind = directory.resolve("behind");
        try (WorkerPool pool = Requests.poolWorker().maxAttempts(2).start()) {
            Requests.stop(Requests.onlyPid(pool));
            CompletableFuture<byte[]> one = Requests.send(pool, "note " + first);
            CompletableFuture<byte[]> two = Requests.send(pool, "note-die " + poison);
            CompletableFuture<byte[]> three = Requests.send(pool, "note " + behind);
            Requests.signal(Requests.onlyPid(pool), Signal.CONT);
            assertThat(Requests.result(one)).isEqualTo("1");
            Requests.failure(WorkerDiedException.class, two);
            assertThat(Requests.result(three)).isEqualTo("1");
        }
        assertThat(first).hasContent("1\n");
        assertThat(poison).hasContent("1\n2\n");
        assertThat(behind).hasContent("1\n");
    }

    /**
     * So often that a pool of this one worker would refuse requests: the first, of an idle worker, doesn't count, and
     * the others are 100, 200, 400 and 800 ms after each other.
     */
    @Test
    @Tag(Proof.TAG)
    void blamelessDeathsInARowBackOffWhileOthersServe() throws Exception {
        Path file = Files.createFile(directory.resolve("file"));
        Path lives = directory.resolve("file.lives");
        try (WorkerPool pool = Requests.script(WHILE_FILE, file).workers(2).start()) {
            Files.delete(file);
            long start = System.nanoTime();
            kill(pool, pool.pids().get(0));
            Await.until("another incarnation", () -> Files.exists(lives));
            assertThat(Requests.ask(pool, "x")).isEqualTo("type 0 attempt 1 size 1");
            awaitDeaths(pool, 6);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(1500));
            assertThat(Files.readAllLines(lives)).hasSizeBetween(6 - 1, 10);
            assertThat(Requests.ask(pool, "x")).isEqualTo("type 0 attempt 1 size 1");
            Files.createFile(file);
            Await.until("it comes back", () -> pool.pids().size() == 2);
        }
    }

    @Test
    void theRequestsOfAPlaceThatIsDownMoveToOtherWorkers() throws Exception {
        Path file = Files.createFile(directory.resolve("file"));
        try (WorkerPool pool = Requests.script(WHILE_FILE, file).workers(2).start()) {
            List<Long> pids = pool.pids();
            Requests.stop(pids.get(0));
            Requests.stop(pids.get(1));
            List<CompletableFuture<byte[]>> replies = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                replies.add(pool.submit(i, i, request -> {}, Requests::copy));
            }
            assertThat(pool.stats().workers()).allMatch(worker -> worker.inFlight() > 0);
            Files.delete(file);
            kill(pool, pids.get(0));
            Requests.signal(pids.get(1), Signal.CONT);
            for (int i = 0; i < 40; i++) {
                assertThat(Requests.result(replies.get(i))).isEqualTo("type " + i + " attempt 1 size " + i);
            }
            assertThat(pool.stats().workers().get(0).answered()).isZero();
            assertThat(pool.stats().workers().get(1).answered()).isEqualTo(40);
            // A moved one leaves its old slot a moment after it is published in the other.
            Await.until("nothing is in flight", () -> pool.stats().total().inFlight() == 0);
        }
    }

    @Test
    void aMovedRequestKeepsItsBytes() throws Exception {
        Path file = Files.createFile(directory.resolve("file"));
        String echo = Path.of(TestPrograms.path("pool_worker"), "../../workers/echo")
                .normalize()
                .toString();
        try (WorkerPool pool = WorkerPool.command("/bin/sh", "-c", WHILE_FILE, file.toString(), echo)
                .workers(2)
                .start()) {
            List<Long> pids = pool.pids();
            Requests.stop(pids.get(0));
            Requests.stop(pids.get(1));
            List<CompletableFuture<byte[]>> replies = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                replies.add(Requests.send(pool, "abcdefgh".repeat(i * 10).substring(i)));
            }
            Files.delete(file);
            kill(pool, pids.get(1));
            Requests.signal(pids.get(0), Signal.CONT);
            for (int i = 0; i < 100; i++) {
                assertThat(Requests.result(replies.get(i)))
                        .isEqualTo("abcdefgh".repeat(i * 10).substring(i));
            }
        }
    }

    @Test
    void anUnaskedExitWithStatusZeroIsADeath() throws Exception {
        try (WorkerPool pool = Requests.crash().maxAttempts(1).start()) {
            WorkerDiedException e = Requests.failure(WorkerDiedException.class, Requests.send(pool, "exit 0"));
            assertThat(e.exit()).isEqualTo(new WorkerExit.Exited(0));
            long pid = Requests.onlyPid(pool);
            Requests.signal(pid, Signal.TERM);
            awaitDeaths(pool, 2);
            assertThat(Requests.ask(pool, "x")).isEqualTo("x");
            assertThat(pool.pids()).hasSize(1).doesNotContain(pid);
        }
    }

    @Test
    void aDeathWhileDrainingIsFollowedByALife() throws Exception {
        Path gate = directory.resolve("gate");
        Path notes = directory.resolve("notes");
        try (WorkerPool pool = Requests.poolWorker().maxAttempts(2).start()) {
            CompletableFuture<byte[]> first = Requests.send(pool, "wait " + gate);
            CompletableFuture<byte[]> poison = Requests.send(pool, "note-die " + notes);
            CompletableFuture<byte[]> last = Requests.send(pool, "x");
            pool.shutdown();
            Files.createFile(gate);
            Requests.result(first);
            Requests.failure(WorkerDiedException.class, poison);
            assertThat(Requests.result(last)).isEqualTo("type 0 attempt 1 size 1");
            assertThat(pool.awaitTermination(Duration.ofSeconds(30))).isTrue();
        }
        assertThat(notes).hasContent("1\n2\n");
    }

    @Test
    void noGrandchildOutlivesADeadWorker() throws Exception {
        try (WorkerPool pool = Requests.crash().maxAttempts(1).start()) {
            for (String end : List.of("exit 0", "exit 1", "signal SEGV")) {
                long grandchild = Long.parseLong(Requests.ask(pool, "fork"));
                assertThat(ProcFs.isRunning(grandchild)).isTrue();
                Requests.failure(WorkerDiedException.class, Requests.send(pool, end));
                Await.until("the grandchild is gone", () -> !ProcFs.isRunning(grandchild));
            }
        }
    }
}
