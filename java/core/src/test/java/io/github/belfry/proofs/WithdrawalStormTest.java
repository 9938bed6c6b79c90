package io.github.belfry.proofs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.Inside;
import io.github.belfry.RequestTimeoutException;
import io.github.belfry.Requester;
import io.github.belfry.ResourceLimit;
import io.github.belfry.SharedMapping;
import io.github.belfry.Signal;
import io.github.belfry.WorkerPool;
import io.github.belfry.WorkerStats;
import io.github.belfry.internal.pool.Incarnation;
import io.github.belfry.internal.pool.Slot;
import io.github.belfry.support.Await;
import io.github.belfry.support.OwnThread;
import io.github.belfry.support.Proof;
import io.github.belfry.support.Requests;
import io.github.belfry.support.Seed;
import io.github.belfry.support.TestPrograms;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Requests under cancels, deadlines, moves and kills at random. Each worker adds to a byte of the request that it has
 * begun, in memory that all share, so it can be seen in the end which have run.
 */
@Tag(Proof.TAG)
class WithdrawalStormTest {
    private static final int WORKERS = 3;
    private static final int SUBMITTERS = 3;
    private static final int UNDER_WAY = 400;

    private final int count = Proof.times(20_000, 1_000_000);
    private final int kills = Proof.times(5, 200);
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger[] completions = new AtomicInteger[count];
    private final LongAdder ended = new LongAdder();
    private final LongAdder cancelled = new LongAdder();
    private final LongAdder late = new LongAdder();
    private final LongAdder notSent = new LongAdder();
    private final byte[] certain = new byte[count];

    private void ended(int number, Throwable failure) {
        completions[number].incrementAndGet();
        ended.increment();
        if (failure instanceof RequestTimeoutException e) {
            late.increment();
            certain[number] = (byte) (e.mayHaveRun() ? 0 : 1);
            if (e.getMessage().contains("no room")) {
                notSent.increment();
            }
        }
    }

    /** Keeps some requests under way, cancels some of them, and gives some a deadline. */
    private void submit(WorkerPool pool, SplittableRandom random) {
        Queue<CompletableFuture<byte[]>> mine = new ArrayDeque<>();
        for (int number = next.getAndIncrement(); number < count; number = next.getAndIncrement()) {
            boolean hasDeadline = random.nextInt(4) == 0;
            Requester requester = hasDeadline ? pool.withTimeout(Duration.ofNanos(1 + random.nextInt(3_000_000))) : pool;
            // Long ones make others wait, and move.
            int micros = random.nextInt(100) == 0 ? 3000 : random.nextInt(3) == 0 ? random.nextInt(30) : 0;
            int request = number;
            byte[] bytes = ByteBuffer.allocate(8 + random.nextInt(200))
                    .order(ByteOrder.nativeOrder())
                    .putInt(number)
                    .putInt(micros)
                    .array();
            CompletableFuture<byte[]> future = requester.submit(bytes);
            future.whenComplete((reply, failure) -> ended(request, failure));
            if (random.nextInt(4) == 0) {
                mine.add(future);
            }
            if (mine.size() > random.nextInt(UNDER_WAY) && mine.remove().cancel(false)) {
                cancelled.increment();
            }
            while (number - ended.sum() > UNDER_WAY * SUBMITTERS) {
                LockSupport.parkNanos(50_000);
            }
        }
    }

    private int kill(WorkerPool pool, SplittableRandom random) {
        List<Slot> slots = Inside.of(pool).slots();
        int killed = 0;
        while (killed < kills && next.get() < count) {
            if (ended.sum() < (long) count * killed / kills) {
                LockSupport.parkNanos(100_000);
                continue;
            }
            Incarnation incarnation = slots.get(random.nextInt(WORKERS)).incarnation();
            if (incarnation != null && incarnation.child().ring(Signal.KILL)) {
                killed++;
            }
        }
        return killed;
    }

    @Test
    void eachFutureCompletesOnceAndNothingRunsThatWasWithdrawnForCertain() throws Exception {
        for (int i = 0; i < count; i++) {
            completions[i] = new AtomicInteger();
        }
        SplittableRandom random = Seed.random(WithdrawalStormTest.class);
        try (SharedMapping runs = SharedMapping.anonymous("runs", count);
                WorkerPool pool = WorkerPool.command(TestPrograms.path("runs_worker"), Integer.toString(count))
                        .workers(WORKERS)
                        .ringBytes(64 << 10)
                        .maxAttempts(Integer.MAX_VALUE)
                        .process(process -> process.passMapping(7, runs).limit(ResourceLimit.CORE, 0, 0))
                        .start()) {
            List<CompletableFuture<?>> submitters = new ArrayList<>();
            for (int i = 0; i < SUBMITTERS; i++) {
                SplittableRandom own = random.split();
                submitters.add(CompletableFuture.runAsync(() -> submit(pool, own), OwnThread.PER_TASK));
            }
            int killed = kill(pool, random);
            CompletableFuture.allOf(submitters.toArray(CompletableFuture[]::new)).join();
            Await.until(() -> "all end: " + ended + " have, " + pool.stats(), () -> ended.sum() == count);
            Await.until(() -> "nothing is left: " + pool.stats(), () -> Requests.unanswered(pool) == 0);
            judge(pool, runs.buffer(), killed);
        }
    }

    private void judge(WorkerPool pool, ByteBuffer runs, int killed) {
        int never = 0;
        int ranAlthoughCertain = 0;
        int notOnce = 0;
        for (int i = 0; i < count; i++) {
            boolean ran = runs.get(i) != 0;
            never += ran ? 0 : 1;
            ranAlthoughCertain += ran && certain[i] != 0 ? 1 : 0;
            notOnce += completions[i].get() == 1 ? 0 : 1;
        }
        WorkerStats total = pool.stats().total();
        assertThat(notOnce).isZero();
        assertThat(ranAlthoughCertain).isZero();
        // A worker that was killed may have had a request in hand and not come to note it.
        assertThat(total.withdrawn())
                .as("each that never ran, and no other: %s", total)
                .isBetween(never - notSent.sum() - killed, never - notSent.sum());
        assertThat(total.rescues()).isZero();
        for (Slot slot : Inside.of(pool).slots()) {
            assertThat(slot.writer().bytes()).as("what is left in a ring").isZero();
        }
        byte[] largest = new byte[pool.maxRequestBytes()];
        for (int i = 0; i < 2 * WORKERS; i++) {
            pool.call(largest);
        }
        Proof.counted(
                "withdrawal",
                "%,d requests, %,d cancelled, %,d late, %,d workers killed: each completed once, %,d never ran and were"
                        + " withdrawn, 0 ran after that",
                count,
                cancelled.sum(),
                late.sum(),
                killed,
                never);
    }
}
