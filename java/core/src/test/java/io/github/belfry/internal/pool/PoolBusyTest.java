package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.Inside;
import io.github.belfry.PoolStats;
import io.github.belfry.Signal;
import io.github.belfry.WorkerDiedException;
import io.github.belfry.WorkerPool;
import io.github.belfry.internal.ring.Ringer;
import io.github.belfry.support.Await;
import io.github.belfry.support.Requests;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * How long a worker was busy is right at each moment. No time is assumed: what has passed between two readings is
 * between the earliest and the latest moment at which they were made.
 */
class PoolBusyTest {
    private static final String NAME = "busy";
    private static final long ENOUGH_NANOS = Duration.ofMillis(20).toNanos();

    @TempDir
    private Path directory;

    /** What was read at a moment that is not before the one and not after the other. */
    private record Reading(long fromNanos, Duration busy, long toNanos) {
        static Reading of(Callable<PoolStats> stats) throws Exception {
            long from = System.nanoTime();
            Duration busy = stats.call().total().busy();
            return new Reading(from, busy, System.nanoTime());
        }

        void checkBusySince(Reading earlier) {
            Duration least = Duration.ofNanos(fromNanos - earlier.toNanos);
            Duration most = Duration.ofNanos(toNanos - earlier.fromNanos);
            assertThat(busy.minus(earlier.busy)).isBetween(least, most);
        }
    }

    private static PoolStats ofSelf() throws Exception {
        return PoolStats.of(ProcessHandle.current().pid()).stream()
                .filter(stats -> stats.pool().equals(NAME))
                .findFirst()
                .orElseThrow();
    }

    private static WorkerPool start() throws Exception {
        return Requests.poolWorker()
                .name(NAME)
                .inFlightPerWorker(1_000_000)
                .maxAttempts(1)
                .start();
    }

    private CompletableFuture<byte[]> block(WorkerPool pool, String gate) {
        return Requests.send(pool, "wait " + directory.resolve(gate));
    }

    private static void awaitBegun(WorkerPool pool, long answeredBefore) throws Exception {
        Slot slot = Inside.of(pool).slots().get(0);
        Await.until("it has begun", () -> {
            Request<?> oldest = slot.oldestPublished();
            return pool.stats().total().answered() == answeredBefore
                    && oldest != null
                    && slot.incarnation().inHand() == oldest.end();
        });
    }

    private void open(String gate) throws Exception {
        Files.createFile(directory.resolve(gate));
    }

    @Test
    void aRequestInHandCountsAllTheTime() throws Exception {
        try (WorkerPool pool = start()) {
            CompletableFuture<byte[]> request = block(pool, "gate");
            awaitBegun(pool, 0);
            for (Callable<PoolStats> stats : List.<Callable<PoolStats>>of(pool::stats, PoolBusyTest::ofSelf)) {
                Reading first = Reading.of(stats);
                Await.until("some time has passed", () -> System.nanoTime() - first.toNanos > ENOUGH_NANOS);
                Reading.of(stats).checkBusySince(first);
            }
            open("gate");
            Requests.result(request);
        }
    }

    @Test
    void shortRequestsInARowCountAllTheTime() throws Exception {
        int count = 20_000;
        try (WorkerPool pool = start()) {
            List<CompletableFuture<byte[]>> requests = new ArrayList<>();
            requests.add(block(pool, "gate"));
            Stream.generate(() -> Requests.send(pool, "x")).limit(count).forEach(requests::add);
            requests.add(block(pool, "end"));
            awaitBegun(pool, 0);
            Reading first = Reading.of(pool::stats);
            open("gate");
            awaitBegun(pool, count + 1);
            Reading.of(pool::stats).checkBusySince(first);
            open("end");
            for (CompletableFuture<byte[]> request : requests) {
                Requests.result(request);
            }
        }
    }

    @Test
    void anIdleWorkerIsNotBusy() throws Exception {
        try (WorkerPool pool = start()) {
            Requests.ask(pool, "x");
            Ringer ringer = Inside.of(pool).slots().get(0).incarnation().ringer();
            Await.until("it sleeps", ringer::isAsleep);
            Reading first = Reading.of(pool::stats);
            assertThat(first.busy).isPositive();
            Await.until("some time has passed", () -> System.nanoTime() - first.toNanos > ENOUGH_NANOS);
            assertThat(Reading.of(pool::stats).busy).isEqualTo(first.busy);
            assertThat(Reading.of(PoolBusyTest::ofSelf).busy).isEqualTo(first.busy);
        }
    }

    @Test
    void whatAKilledWorkerWasBusyStays() throws Exception {
        try (WorkerPool pool = start()) {
            CompletableFuture<byte[]> request = block(pool, "gate");
            awaitBegun(pool, 0);
            Reading first = Reading.of(pool::stats);
            Await.until("some time has passed", () -> System.nanoTime() - first.toNanos > ENOUGH_NANOS);
            long killedNanos = System.nanoTime();
            Requests.signal(Requests.onlyPid(pool), Signal.KILL);
            Requests.failure(WorkerDiedException.class, request);
            Await.until("it is counted", () -> pool.stats().total().deaths() == 1);
            Reading dead = Reading.of(pool::stats);
            new Reading(killedNanos, dead.busy, dead.toNanos).checkBusySince(first);
        }
    }

    /** Another thread has the consumer lock, so the supervisor can't add up the dead worker's counters yet. */
    @Test
    void aDeadWorkerIsNotBusyEvenBeforeItIsReplaced() throws Exception {
        try (WorkerPool pool = start()) {
            CompletableFuture<byte[]> request = block(pool, "gate");
            awaitBegun(pool, 0);
            Slot slot = Inside.of(pool).slots().get(0);
            Await.until("the consumer lock", slot::tryConsume);
            Requests.signal(Requests.onlyPid(pool), Signal.KILL);
            Await.until("it has ended", () -> pool.pids().isEmpty());
            Await.until("the supervisor has noticed", () -> slot.worker().state() == Worker.State.ENDED);
            Reading first = Reading.of(pool::stats);
            Await.until("some time has passed", () -> System.nanoTime() - first.toNanos > ENOUGH_NANOS);
            assertThat(Reading.of(pool::stats).busy).isEqualTo(first.busy);
            assertThat(Reading.of(PoolBusyTest::ofSelf).busy).isEqualTo(first.busy);
            slot.stopConsuming();
            Requests.failure(WorkerDiedException.class, request);
        }
    }
}
