package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.RequestInterruptedException;
import io.github.belfry.RequestTimeoutException;
import io.github.belfry.Signal;
import io.github.belfry.WorkerPool;
import io.github.belfry.WorkerStats;
import io.github.belfry.support.Await;
import io.github.belfry.support.OwnThread;
import io.github.belfry.support.Requests;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PoolRoomTest {
    private static final int SMALLEST = 64 * 1024;

    @TempDir
    private Path directory;

    private static WorkerPool.Builder echo() {
        return WorkerPool.bundled("echo").workers(1).ringBytes(SMALLEST);
    }

    private static byte[] pattern(int size, int seed) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) (i * 31 + seed);
        }
        return bytes;
    }

    /** Submits in a thread of its own, and waits until that thread waits for room. */
    private static CompletableFuture<CompletableFuture<byte[]>> blockedSubmit(
            WorkerPool pool, byte[] request, AtomicReference<Thread> thread) throws Exception {
        CompletableFuture<CompletableFuture<byte[]>> submitted = CompletableFuture.supplyAsync(
                () -> {
                    thread.set(Thread.currentThread());
                    try {
                        return pool.submit(request);
                    } finally {
                        if (Thread.currentThread().isInterrupted()) {
                            thread.set(null);
                        }
                    }
                },
                OwnThread.PER_TASK);
        Await.until(
                "it waits for room",
                () -> thread.get() != null && thread.get().getState() == Thread.State.TIMED_WAITING);
        assertThat(submitted).isNotDone();
        return submitted;
    }

    @Test
    void submitWaitsForRoom() throws Exception {
        try (WorkerPool pool = echo().start()) {
            long pid = Requests.onlyPid(pool);
            Requests.stop(pid);
            byte[] large = pattern(pool.maxRequestBytes(), 1);
            CompletableFuture<byte[]> first = pool.submit(large);
            AtomicReference<Thread> thread = new AtomicReference<>();
            CompletableFuture<CompletableFuture<byte[]>> second = blockedSubmit(pool, pattern(50_000, 2), thread);
            Requests.signal(pid, Signal.CONT);
            assertThat(first.get(30, TimeUnit.SECONDS)).isEqualTo(large);
            assertThat(second.get(30, TimeUnit.SECONDS).get(30, TimeUnit.SECONDS))
                    .isEqualTo(pattern(50_000, 2));
        }
    }

    @Test
    void submitFailsWhenThereIsNoRoomInTime() throws Exception {
        try (WorkerPool pool = echo().requestTimeout(Duration.ofMillis(300)).start()) {
            long pid = Requests.onlyPid(pool);
            Requests.stop(pid);
            CompletableFuture<byte[]> first = pool.submit(new byte[pool.maxRequestBytes()]);
            RequestTimeoutException e =
                    Requests.failure(RequestTimeoutException.class, pool.submit(new byte[pool.maxRequestBytes()]));
            assertThat(e).hasMessageContaining("no room").hasMessageContaining("300 ms");
            assertThat(e.mayHaveRun()).isFalse();
            assertThat(Requests.failure(RequestTimeoutException.class, first).mayHaveRun())
                    .isFalse();
            Requests.signal(pid, Signal.CONT);
        }
    }

    @Test
    void anInterruptEndsTheWaitForRoom() throws Exception {
        try (WorkerPool pool = echo().start()) {
            long pid = Requests.onlyPid(pool);
            Requests.stop(pid);
            CompletableFuture<byte[]> first = pool.submit(new byte[pool.maxRequestBytes()]);
            AtomicReference<Thread> thread = new AtomicReference<>();
            CompletableFuture<CompletableFuture<byte[]>> second = blockedSubmit(pool, new byte[50_000], thread);
            thread.get().interrupt();
            RequestInterruptedException e = Requests.failure(RequestInterruptedException.class, second);
            assertThat(e.mayHaveRun()).isFalse();
            assertThat(thread.get()).as("its flag stays set").isNull();
            Requests.signal(pid, Signal.CONT);
            assertThat(first.get(30, TimeUnit.SECONDS)).hasSize(pool.maxRequestBytes());
            assertThat(pool.stats().total().answered()).isEqualTo(1);
        }
    }

    private static List<CompletableFuture<byte[]>> offerUntilFull(WorkerPool pool) {
        List<CompletableFuture<byte[]>> accepted = new ArrayList<>();
        Optional<CompletableFuture<byte[]>> offered = pool.offer(pattern(1000, 0));
        while (offered.isPresent()) {
            accepted.add(offered.get());
            offered = pool.offer(pattern(1000, accepted.size()));
        }
        return accepted;
    }

    @Test
    void offerAnswersAtOnceAndDropsNothing() throws Exception {
        try (WorkerPool pool = echo().workers(2).start()) {
            List<Long> pids = pool.pids();
            for (long pid : pids) {
                Requests.stop(pid);
            }
            List<CompletableFuture<byte[]>> accepted = offerUntilFull(pool);
            assertThat(accepted).hasSize(2 * (SMALLEST / (1000 + 24)));
            WorkerStats total = pool.stats().total();
            assertThat(total.inFlight() + total.queued()).isEqualTo(accepted.size());
            for (long pid : pids) {
                Requests.signal(pid, Signal.CONT);
            }
            for (int i = 0; i < accepted.size(); i++) {
                assertThat(accepted.get(i).get(30, TimeUnit.SECONDS)).isEqualTo(pattern(1000, i));
            }
            assertThat(pool.offer(new byte[pool.maxRequestBytes()])).isPresent();
        }
    }

    /** Also of what waited in the pool, for a ring. */
    @Test
    void theRoomOfWhatIsAnsweredIsFree() throws Exception {
        try (WorkerPool pool = echo().inFlightPerWorker(1).start()) {
            long pid = Requests.onlyPid(pool);
            for (int i = 0; i < 3; i++) {
                Requests.stop(pid);
                List<CompletableFuture<byte[]>> accepted = offerUntilFull(pool);
                assertThat(accepted).hasSize(SMALLEST / (1000 + 24));
                assertThat(pool.stats().total().queued()).isPositive();
                Requests.signal(pid, Signal.CONT);
                for (CompletableFuture<byte[]> one : accepted) {
                    one.get(30, TimeUnit.SECONDS);
                }
            }
        }
    }

    @Test
    void nothingIsDroppedWhenManySubmitMoreThanThereIsRoomFor() throws Exception {
        try (WorkerPool pool = echo().workers(3).start()) {
            List<CompletableFuture<Void>> submitters = new ArrayList<>();
            for (int thread = 0; thread < 6; thread++) {
                int seed = thread;
                submitters.add(CompletableFuture.runAsync(() -> submitMany(pool, seed), OwnThread.PER_TASK));
            }
            for (CompletableFuture<Void> submitter : submitters) {
                submitter.get(60, TimeUnit.SECONDS);
            }
            assertThat(pool.stats().total().answered()).isEqualTo(6 * 300);
            assertThat(pool.stats().total().inFlight()).isZero();
            assertThat(pool.stats().total().deaths()).isZero();
        }
    }

    private static void submitMany(WorkerPool pool, int seed) {
        List<CompletableFuture<byte[]>> replies = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            replies.add(pool.submit(pattern(i * 211 % pool.maxRequestBytes(), seed + i)));
        }
        for (int i = 0; i < 300; i++) {
            assertThat(replies.get(i).join()).isEqualTo(pattern(i * 211 % pool.maxRequestBytes(), seed + i));
        }
    }
}
