package io.github.belfry.proofs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.RequestTimeoutException;
import io.github.belfry.Requester;
import io.github.belfry.WorkerException;
import io.github.belfry.WorkerPool;
import io.github.belfry.WorkerStats;
import io.github.belfry.support.Await;
import io.github.belfry.support.OwnThread;
import io.github.belfry.support.Proof;
import io.github.belfry.support.Requests;
import io.github.belfry.support.Seed;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Long and short requests together, against what is possible: the bounds are times, so these run as proofs only, where
 * nothing else does.
 */
@Tag(Proof.TAG)
@Tag("virtual-threads")
class MixedTrafficTest {
    private static final int WORKERS = 2;

    /** A build without the bounds takes less time for the same. */
    private static final int LONG_MILLIS = Proof.times(400, 4000);

    private static final int HANG_MILLIS = Proof.times(500, 3000);

    @TempDir
    private Path directory;

    private static WorkerPool.Builder pool() {
        return Requests.poolWorker().workers(WORKERS);
    }

    private static byte[] sleep(int millis) {
        return Requests.bytes("sleep " + millis);
    }

    private static double millisSince(long start) {
        return (System.nanoTime() - start) / 1e6;
    }

    /** The bounds hold in the whole proof; in each build only that it works. */
    private static void bound(String what, double millis, double most) {
        Proof.counted("mixed traffic, " + what, "%.0f ms of at most %.0f", millis, most);
        if (Proof.isWhole()) {
            assertThat(millis).as(what).isLessThanOrEqualTo(most);
        }
    }

    private static List<CompletableFuture<?>> inThreads(int threads, Runnable run) {
        List<CompletableFuture<?>> all = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            all.add(CompletableFuture.runAsync(run, OwnThread.PER_TASK));
        }
        return all;
    }

    private static void join(List<? extends CompletableFuture<?>> all) {
        CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).join();
    }

    /** 200 of 1 ms from 8 threads; how long they took. */
    private static double shortOnes(WorkerPool pool) {
        AtomicInteger left = new AtomicInteger(200);
        long start = System.nanoTime();
        join(inThreads(8, () -> {
            while (left.getAndDecrement() > 0) {
                pool.call(sleep(1));
            }
        }));
        return millisSince(start);
    }

    @Test
    void shortOnesDoNotWaitBehindALongOne() throws Exception {
        double alone;
        try (WorkerPool pool = pool().workers(1).start()) {
            alone = shortOnes(pool);
        }
        try (WorkerPool pool = pool().start()) {
            CompletableFuture<byte[]> longOne = pool.submit(sleep(LONG_MILLIS));
            double beside = shortOnes(pool);
            assertThat(longOne.isDone() && Proof.isWhole()).isFalse();
            bound("200 of 1 ms beside one of 4 s", beside, 1.5 * alone);
            longOne.join();
        }
    }

    @Test
    void aBurstDoesNotWaitForOneThatHangs() throws Exception {
        try (WorkerPool pool = pool().executionTimeout(Duration.ofMillis(HANG_MILLIS)).start()) {
            long start = System.nanoTime();
            CompletableFuture<byte[]> hung = pool.submit(Requests.bytes("wait " + directory.resolve("never")));
            List<CompletableFuture<byte[]>> burst = new ArrayList<>();
            for (int i = 0; i < 19; i++) {
                burst.add(pool.submit(sleep(5)));
            }
            join(burst);
            bound("19 of 5 ms beside one that hangs", millisSince(start), 300);
            Requests.failure(RequestTimeoutException.class, hung);
            Await.until("its worker has ended", () -> pool.stats().total().deaths() == 1);
        }
    }

    @Test
    void equalOnesAreSpreadEvenly() throws Exception {
        spread("20 of 100 ms from platform threads", OwnThread.PER_TASK);
        Executor virtual = virtualThreads();
        if (virtual != null) {
            spread("20 of 100 ms from virtual threads", virtual);
        }
    }

    private static void spread(String what, Executor threads) throws Exception {
        try (WorkerPool pool = pool().start()) {
            List<CompletableFuture<?>> all = new ArrayList<>();
            long start = System.nanoTime();
            for (int i = 0; i < 20; i++) {
                all.add(CompletableFuture.runAsync(() -> pool.call(sleep(100)), threads));
            }
            join(all);
            bound(what, millisSince(start), 1150);
            List<Long> each =
                    pool.stats().workers().stream().map(WorkerStats::answered).toList();
            assertThat(each.get(0) + each.get(1)).isEqualTo(20);
            if (Proof.isWhole()) {
                assertThat(each).containsExactly(10L, 10L);
            }
        }
    }

    /** Null before JDK 21. */
    private static Executor virtualThreads() throws ReflectiveOperationException {
        try {
            return (Executor) Executors.class
                    .getMethod("newVirtualThreadPerTaskExecutor")
                    .invoke(null);
        } catch (NoSuchMethodException old) {
            return null;
        }
    }

    /** A load of 70 %: short and long ones at random times, each in a thread of its own. */
    private static double shortP99(
            WorkerPool pool, Requester requester, Semaphore permits, int count, SplittableRandom random) {
        double millisOfWork = (9 * 1 + 50) / 10.0;
        double everyMillis = millisOfWork / WORKERS / 0.7;
        AtomicLongArray nanos = new AtomicLongArray(count);
        List<CompletableFuture<?>> all = new ArrayList<>();
        long next = System.nanoTime();
        for (int i = 0; i < count; i++) {
            next += (long) (-Math.log(1 - random.nextDouble()) * everyMillis * 1e6);
            for (long left = next - System.nanoTime(); left > 0; left = next - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            boolean isLong = random.nextInt(10) == 0;
            int number = i;
            all.add(CompletableFuture.runAsync(
                    () -> {
                        long start = System.nanoTime();
                        permits.acquireUninterruptibly();
                        requester.call(sleep(isLong ? 50 : 1));
                        permits.release();
                        nanos.set(number, isLong ? 0 : System.nanoTime() - start);
                    },
                    OwnThread.PER_TASK));
        }
        join(all);
        long[] shortOnes = new long[count];
        int length = 0;
        for (int i = 0; i < count; i++) {
            if (nanos.get(i) > 0) {
                shortOnes[length++] = nanos.get(i);
            }
        }
        Arrays.sort(shortOnes, 0, length);
        assertThat(pool.stats().total().deaths()).isZero();
        return shortOnes[(int) (length * 0.99)] / 1e6;
    }

    /** With the same traffic: a p99 of other random times may be half as high again. */
    @Test
    void shortOnesAmongLongOnesWaitAsWithOneQueue() throws Exception {
        int count = Proof.times(100, 5_000);
        long traffic = Seed.random(MixedTrafficTest.class).nextLong();
        try (WorkerPool pool = pool().start()) {
            Semaphore oneEach = new Semaphore(WORKERS, true);
            double oneQueue = shortP99(pool, pool, oneEach, count, new SplittableRandom(traffic));
            Semaphore all = new Semaphore(Integer.MAX_VALUE);
            double ours = shortP99(pool, pool, all, count, new SplittableRandom(traffic));
            bound("p99 of those of 1 ms among those of 50 ms, at a load of 70 %", ours, 1.5 * oneQueue);
        }
    }

    private Path notes() {
        return directory.resolve("notes");
    }

    private byte[] noted(int millis) {
        return Requests.bytes("sleep-note " + millis + " " + notes());
    }

    private long runs() throws Exception {
        return Files.exists(notes()) ? Files.readAllLines(notes()).size() : 0;
    }

    @Test
    void cancelledOnesDoNotHoldTheNextUp() throws Exception {
        try (WorkerPool pool = pool().start()) {
            List<CompletableFuture<byte[]>> queued = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                queued.add(pool.submit(noted(100)));
            }
            Await.until("each worker has one", () -> runs() == WORKERS);
            queued.forEach(future -> future.cancel(false));
            long start = System.nanoTime();
            pool.call(sleep(100));
            bound("a call of 100 ms behind 30 of 100 ms that were cancelled", millisSince(start), 250);
            pool.call(sleep(100));
            assertThat(runs()).isEqualTo(WORKERS);
        }
    }

    @Test
    void deadlinesAreMetAndWhatIsLateNeverBegins() throws Exception {
        try (WorkerPool pool = pool().workers(1).start()) {
            Requester hurried = pool.withTimeout(Duration.ofMillis(500));
            long start = System.nanoTime();
            List<CompletableFuture<byte[]>> all = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                all.add(hurried.submit(noted(300)));
            }
            double longest = 0;
            long answered = 0;
            long mayHaveRun = 0;
            for (CompletableFuture<byte[]> one : all) {
                Throwable failure = one.handle((reply, why) -> why).join();
                longest = Math.max(longest, millisSince(start));
                answered += failure == null ? 1 : 0;
                mayHaveRun += failure == null || ((WorkerException) failure).mayHaveRun() ? 1 : 0;
            }
            bound("ten of 300 ms that have 500 ms each", longest, 600);
            pool.call(sleep(1));
            assertThat(runs()).isLessThanOrEqualTo(mayHaveRun);
            if (Proof.isWhole()) {
                assertThat(runs()).isLessThanOrEqualTo(2);
                assertThat(answered).isEqualTo(1);
            }
        }
    }
}
