package io.github.belfry.proofs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.Inside;
import io.github.belfry.PoolStats;
import io.github.belfry.PoolUnavailableException;
import io.github.belfry.RequestTimeoutException;
import io.github.belfry.Signal;
import io.github.belfry.WorkerDiedException;
import io.github.belfry.WorkerFaultException;
import io.github.belfry.WorkerPool;
import io.github.belfry.internal.pool.Incarnation;
import io.github.belfry.internal.pool.Slot;
import io.github.belfry.internal.ring.Layout;
import io.github.belfry.internal.ring.WorkersEnd;
import io.github.belfry.support.Await;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.OwnThread;
import io.github.belfry.support.Proof;
import io.github.belfry.support.Requests;
import io.github.belfry.support.Seed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Workers with a thread that writes random words into all memory that they may write, while requests keep coming. The
 * bytes of a reply may be wrong then, for they are the worker's; all other promises hold.
 */
@Tag(Proof.TAG)
class HostileScribbleTest {
    private static final int SUBMITTERS = 2;
    private static final int SCRIBBLES_IN = 50;
    private static final String[] WHERE = {"all", "header", "tails"};
    private static final long PAUSE_NANOS = 1_000_000;

    private final LongAdder submitted = new LongAdder();
    private final LongAdder completed = new LongAdder();
    private final LongAdder scribbles = new LongAdder();
    private final LongAdder right = new LongAdder();
    private final LongAdder doubled = new LongAdder();
    private final List<Throwable> unexpected = new ArrayList<>();
    private volatile boolean over;

    @Test
    void theMasterSurvivesAnythingThatAWorkerWrites() throws Exception {
        int millis = Proof.times(2_500, 60_000);
        try (WorkerPool pool = Requests.hostile()
                .name("scribbled")
                .workers(3)
                .ringBytes(Layout.MIN_RING_BYTES)
                .executionTimeout(Duration.ofSeconds(2))
                .breaker(5, Duration.ofMillis(100))
                .start()) {
            CompletableFuture<String> elsewhere = statsElsewhere(millis);
            List<Thread> submitters = startSubmitters(pool);
            long reads = readStats(pool, millis);
            over = true;
            for (Thread submitter : submitters) {
                submitter.join();
            }
            Await.until(
                    () -> "each future completes: " + completed + " of " + submitted + ", " + pool.stats(),
                    () -> completed.sum() == submitted.sum());
            assertThat(unexpected).isEmpty();
            assertThat(doubled.sum()).isZero();
            assertThat(right.sum()).isPositive();
            String othersReads = elsewhere.get(60, TimeUnit.SECONDS).strip();
            long deaths = pool.stats().total().deaths();
            assertThat(deaths).isPositive();
            allIsWellWithoutThem(pool);
            Proof.counted(
                    "hostile worker, scribbles",
                    "%,d workers scribbled, %,d deaths, %,d requests: each future completed once, %,d with the right "
                            + "reply; statistics read %,d times here and %s in another VM",
                    scribbles.sum(),
                    deaths,
                    submitted.sum(),
                    right.sum(),
                    reads,
                    othersReads);
        }
    }

    private static CompletableFuture<String> statsElsewhere(int millis) {
        OtherVm vm = OtherVm.java(StatsMain.class)
                .argument(ProcessHandle.current().pid() + "")
                .argument(millis * 3 / 4 + "");
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return OtherVm.run(vm);
                    } catch (Exception e) {
                        throw new CompletionException(e);
                    }
                },
                OwnThread.PER_TASK);
    }

    /** Reads the statistics of a VM, given its pid and the milliseconds. */
    static final class StatsMain {
        public static void main(String[] args) throws Exception {
            long start = System.nanoTime();
            int reads = 0;
            for (; System.nanoTime() - start < Long.parseLong(args[1]) * 1_000_000; reads++) {
                for (PoolStats stats : PoolStats.of(Long.parseLong(args[0]))) {
                    stats.total().toString();
                }
                LockSupport.parkNanos(PAUSE_NANOS);
            }
            System.out.println(reads);
        }
    }

    private static long readStats(WorkerPool pool, int millis) throws Exception {
        long start = System.nanoTime();
        long reads = 0;
        for (; System.nanoTime() - start < millis * 1_000_000L; reads++) {
            assertThat(pool.stats().total().toString()).isNotEmpty();
            assertThat(PoolStats.of(ProcessHandle.current().pid())).isNotEmpty();
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        return reads;
    }

    private List<Thread> startSubmitters(WorkerPool pool) {
        SplittableRandom random = Seed.random(HostileScribbleTest.class);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < SUBMITTERS; i++) {
            SplittableRandom own = random.split();
            Thread thread = new Thread(() -> submitUntilOver(pool, own), "submitter-" + i);
            thread.setDaemon(true);
            thread.start();
            threads.add(thread);
        }
        return threads;
    }

    private void submitUntilOver(WorkerPool pool, SplittableRandom random) {
        while (!over) {
            if (random.nextInt(SCRIBBLES_IN) == 0) {
                scribbles.increment();
                String where = WHERE[random.nextInt(WHERE.length)];
                submit(pool, Requests.bytes("scribble " + where + " " + random.nextInt(Integer.MAX_VALUE)));
            }
            int size = random.nextInt(2000);
            if (submit(pool, WorkersEnd.bytes(size, size)).isCompletedExceptionally()) {
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    private CompletableFuture<Boolean> submit(WorkerPool pool, byte[] request) {
        AtomicInteger reads = new AtomicInteger();
        submitted.increment();
        CompletableFuture<Boolean> future = pool.submit(0, request.length, buffer -> buffer.put(request), reply -> {
            if (reads.incrementAndGet() > 1) {
                doubled.increment();
            }
            return Arrays.equals(Requests.copy(reply), request);
        });
        return future.whenComplete((isRight, failure) -> {
            completed.increment();
            if (failure == null) {
                right.add(isRight ? 1 : 0);
            } else if (!(failure instanceof WorkerDiedException
                    || failure instanceof WorkerFaultException
                    || failure instanceof RequestTimeoutException
                    || failure instanceof PoolUnavailableException)) {
                synchronized (unexpected) {
                    unexpected.add(failure);
                }
            }
        });
    }

    /** All workers are killed first: one that writes into its header only has broken no rule and lives. */
    private static void allIsWellWithoutThem(WorkerPool pool) throws Exception {
        for (Slot slot : Inside.of(pool).slots()) {
            Incarnation incarnation = slot.incarnation();
            if (incarnation != null) {
                incarnation.child().ring(Signal.KILL);
            }
            Await.until("another worker is ready", () -> slot.isServing() && slot.incarnation() != incarnation);
        }
        for (int i = 0; i < 1000; i++) {
            assertThat(Requests.ask(pool, "x".repeat(i))).isEqualTo("x".repeat(i));
        }
        assertThat(pool.stats().total().inFlight()).isZero();
    }
}
