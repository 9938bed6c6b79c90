package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.belfry.PoolUnavailableException;
import io.github.belfry.Signal;
import io.github.belfry.WorkerPool;
import io.github.belfry.support.Await;
import io.github.belfry.support.Leftovers;
import io.github.belfry.support.Requests;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** A callback may block: the pool goes on with another thread. */
class PoolBlockedCallbackTest {
    private static final Consumer<ByteBuffer> NOTHING = buffer -> {};

    private static WorkerPool.Builder echo() {
        return WorkerPool.bundled("echo").workers(1);
    }

    private static long threadsOf(String pool) {
        return Leftovers.poolThreads().stream()
                .filter(name -> name.equals("belfry-" + pool + "-replies"))
                .count();
    }

    private static void awaitOneThread(String pool) throws Exception {
        Await.until("no more than one thread of the pool", () -> threadsOf(pool) == 1);
    }

    private static byte[] pattern(int size, int seed) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) (i * 31 + seed);
        }
        return bytes;
    }

    @Test
    void aLockThatTheSubmitterHolds() throws Exception {
        ReentrantLock lock = new ReentrantLock();
        try (WorkerPool pool = echo().name("locked").start()) {
            List<CompletableFuture<Boolean>> locking = new ArrayList<>();
            lock.lock();
            try {
                for (int i = 0; i < 5; i++) {
                    locking.add(pool.submit(0, 0, NOTHING, reply -> {
                        lock.lock();
                        lock.unlock();
                        return true;
                    }));
                    assertThat(Requests.ask(pool, "y")).isEqualTo("y");
                }
                assertThat(pool.call(Requests.bytes("z"))).isEqualTo(Requests.bytes("z"));
                assertThat(locking).noneMatch(CompletableFuture::isDone);
            } finally {
                lock.unlock();
            }
            for (CompletableFuture<Boolean> future : locking) {
                assertThat(future.get(30, TimeUnit.SECONDS)).isTrue();
            }
            awaitOneThread("locked");
        }
    }

    /** Also with nothing in flight and no caller that waits. */
    @Test
    void theNextThreadIsThereBeforeItIsNeeded() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        try (WorkerPool pool = echo().name("ready").start()) {
            CompletableFuture<Boolean> blocked = pool.submit(0, 0, NOTHING, reply -> Requests.awaitLatch(goOn));
            Await.until("another thread", () -> threadsOf("ready") == 2);
            goOn.countDown();
            assertThat(blocked.get(30, TimeUnit.SECONDS)).isTrue();
            awaitOneThread("ready");
        }
    }

    /** All in one batch of replies: what one callback waits for is behind it. */
    @Test
    void aHundredCallbacksEachBlockOnTheNextRequestsReply() throws Exception {
        int count = 100;
        try (WorkerPool pool = echo().name("hundred").start()) {
            long pid = Requests.onlyPid(pool);
            Requests.stop(pid);
            List<CompletableFuture<byte[]>> replies = new ArrayList<>();
            List<CompletableFuture<byte[]>> next = new ArrayList<>();
            for (int i = 0; i <= count; i++) {
                replies.add(pool.submit(pattern(10, i)));
            }
            for (int i = 0; i < count; i++) {
                CompletableFuture<byte[]> following = replies.get(i + 1);
                next.add(replies.get(i).thenApply(reply -> following.join()));
            }
            Requests.signal(pid, Signal.CONT);
            for (int i = 0; i < count; i++) {
                assertThat(next.get(i).get(30, TimeUnit.SECONDS)).isEqualTo(pattern(10, i + 1));
            }
            awaitOneThread("hundred");
        }
    }

    @Test
    void twoPoolsWhoseCallbacksWaitForEachOther() throws Exception {
        try (WorkerPool one = echo().start();
                WorkerPool other = echo().start()) {
            CompletableFuture<String> ofOther = new CompletableFuture<>();
            CompletableFuture<String> ofOne = one.submit(0, 0, NOTHING, reply -> "a" + ofOther.join());
            other.submit(0, 0, NOTHING, reply -> ofOther.complete("b" + Requests.text(one.call(Requests.bytes("c")))));
            assertThat(ofOne.get(30, TimeUnit.SECONDS)).isEqualTo("abc");
        }
    }

    @Test
    void closeCompletesWhatIsBehindACallbackThatNeverReturns() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        List<CompletableFuture<byte[]>> behind = new ArrayList<>();
        WorkerPool pool =
                echo().name("never").closeGrace(Duration.ofMillis(500)).start();
        long pid = Requests.onlyPid(pool);
        Requests.stop(pid);
        CompletableFuture<Boolean> reading = pool.submit(0, 0, NOTHING, reply -> Requests.awaitLatch(never));
        CompletableFuture<byte[]> first = Requests.send(pool, "x");
        CompletableFuture<Boolean> hanging = first.thenApply(reply -> Requests.awaitLatch(never));
        for (int i = 0; i < 100; i++) {
            behind.add(pool.submit(pattern(10, i)));
        }
        Requests.signal(pid, Signal.CONT);
        pool.close();
        assertThat(behind).allMatch(CompletableFuture::isDone);
        for (int i = 0; i < 100; i++) {
            assertThat(behind.get(i).get(30, TimeUnit.SECONDS)).isEqualTo(pattern(10, i));
        }
        assertThat(reading).isDone();
        assertThat(first).isDone();
        assertThat(never.getCount()).isEqualTo(1);
        Requests.failure(PoolUnavailableException.class, reading);
        never.countDown();
        assertThat(hanging.get(30, TimeUnit.SECONDS)).isTrue();
        Await.until("no thread of the pool", () -> threadsOf("never") == 0);
    }

    /** What depends on a future that fails at the end may block as well. */
    @Test
    void closeCompletesAllThoughEachOfThemBlocks() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        WorkerPool pool = echo().closeGrace(Duration.ofMillis(50)).start();
        Requests.stop(Requests.onlyPid(pool));
        List<CompletableFuture<byte[]>> unanswered = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            CompletableFuture<byte[]> request = Requests.send(pool, "x");
            request.whenComplete((reply, failure) -> Requests.awaitLatch(never));
            unanswered.add(request);
        }
        pool.close();
        assertThat(unanswered).allMatch(CompletableFuture::isCompletedExceptionally);
        assertThat(never.getCount()).isEqualTo(1);
        never.countDown();
    }

    @Test
    void aCallbackIsNotInterruptedBecauseOfAnEarlierOne() throws Exception {
        try (WorkerPool pool = echo().start()) {
            Requests.stop(Requests.onlyPid(pool));
            Requests.send(pool, "x")
                    .thenAccept(reply -> Thread.currentThread().interrupt());
            CompletableFuture<Boolean> flag = Requests.send(pool, "y")
                    .thenApply(reply -> Thread.currentThread().isInterrupted());
            Requests.signal(Requests.onlyPid(pool), Signal.CONT);
            assertThat(flag.get(30, TimeUnit.SECONDS)).isFalse();
        }
    }

    /** On a JDK that has them. */
    @Test
    void virtualThreadsSubmitAndBlockWithCallbacks() throws Exception {
        assumeTrue(Runtime.version().feature() >= 21);
        try (WorkerPool pool = echo().start()) {
            List<CompletableFuture<String>> results = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                String text = "request " + i;
                CompletableFuture<String> result = new CompletableFuture<>();
                results.add(result);
                Runnable submitter = () -> {
                    ReentrantLock lock = new ReentrantLock();
                    lock.lock();
                    CompletableFuture<String> locking = pool.submit(0, 0, NOTHING, reply -> {
                        lock.lock();
                        return "unlocked";
                    });
                    String called = Requests.text(pool.call(Requests.bytes(text)));
                    lock.unlock();
                    result.complete(called + ", " + locking.join());
                };
                Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, submitter);
            }
            for (int i = 0; i < 50; i++) {
                assertThat(results.get(i).get(30, TimeUnit.SECONDS)).isEqualTo("request " + i + ", unlocked");
            }
        }
    }
}
