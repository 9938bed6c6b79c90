package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.belfry.Signal;
import io.github.belfry.WorkerDiedException;
import io.github.belfry.WorkerPool;
import io.github.belfry.internal.sys.Uninterruptible;
import io.github.belfry.support.Await;
import io.github.belfry.support.Leftovers;
import io.github.belfry.support.OwnThread;
import io.github.belfry.support.Proof;
import io.github.belfry.support.Requests;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PoolCallbackTest {
    private static final Consumer<ByteBuffer> NOTHING = buffer -> {};
    private static final Function<ByteBuffer, String> THREAD =
            buffer -> Thread.currentThread().getName();

    @TempDir
    private Path directory;

    @Test
    void writeRunsInTheSubmitterAndReadInThePoolsThread() throws Exception {
        try (WorkerPool pool = Requests.crash().name("threads").start()) {
            AtomicReference<Thread> writer = new AtomicReference<>();
            CompletableFuture<String> reply = pool.submit(0, 0, buffer -> writer.set(Thread.currentThread()), THREAD);
            assertThat(reply.get(30, TimeUnit.SECONDS)).isEqualTo("belfry-threads-replies");
            assertThat(writer.get()).isSameAs(Thread.currentThread());
            Requests.stop(Requests.onlyPid(pool));
            CompletableFuture<String> dependent = Requests.send(pool, "x").thenApply(x -> THREAD.apply(null));
            Requests.signal(Requests.onlyPid(pool), Signal.CONT);
            assertThat(dependent.get(30, TimeUnit.SECONDS)).isEqualTo("belfry-threads-replies");
        }
    }

    @Test
    void bothCallbacksOfACallThatIsAnsweredSoonRunInTheCaller() throws Exception {
        try (WorkerPool pool =
                Requests.crash().spin(Duration.ofSeconds(20)).name("caller").start()) {
            String caller = Thread.currentThread().getName();
            AtomicReference<String> writer = new AtomicReference<>();
            Await.until(
                    "a call that polls",
                    () -> pool.call(0, 0, buffer -> writer.set(THREAD.apply(buffer)), THREAD)
                            .equals(caller));
            assertThat(writer).hasValue(caller);
        }
    }

    @Test
    void writeRunsOnceHoweverOftenTheRequestIsHandedOut() throws Exception {
        Path notes = directory.resolve("notes");
        byte[] request = Requests.bytes("note-die " + notes);
        AtomicInteger writes = new AtomicInteger();
        AtomicInteger reads = new AtomicInteger();
        try (WorkerPool pool = Requests.poolWorker().maxAttempts(3).start()) {
            CompletableFuture<Integer> reply = pool.submit(
                    0,
                    request.length,
                    buffer -> {
                        writes.incrementAndGet();
                        buffer.put(request);
                    },
                    buffer -> reads.incrementAndGet());
            Requests.failure(WorkerDiedException.class, reply);
        }
        assertThat(notes).hasContent("1\n2\n3");
        assertThat(writes).hasValue(1);
        assertThat(reads).hasValue(0);
    }

    @Test
    void nothingCanBeSubmittedInsideWrite() throws Exception {
        try (WorkerPool pool = Requests.crash().workers(2).start()) {
            for (Consumer<WorkerPool> nested : List.<Consumer<WorkerPool>>of(
                    p -> p.submit(new byte[1]), p -> p.offer(new byte[1]), p -> p.call(new byte[1]))) {
                assertThatThrownBy(() -> pool.submit(0, 1, buffer -> nested.accept(pool), Requests::copy))
                        .isInstanceOf(IllegalStateException.class);
                assertThatThrownBy(() -> pool.call(0, 1, buffer -> nested.accept(pool), Requests::copy))
                        .isInstanceOf(IllegalStateException.class);
                assertThat(Requests.ask(pool, "x")).isEqualTo("x");
            }
        }
    }

    @Test
    void whileAWriteBlocksOtherThreadsUseTheOtherWorkers() throws Exception {
        CountDownLatch writing = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        try (WorkerPool pool = Requests.crash().workers(2).start()) {
            CompletableFuture<byte[]> blocked = CompletableFuture.supplyAsync(
                            () -> pool.submit(
                                    0,
                                    1,
                                    buffer -> {
                                        writing.countDown();
                                        Requests.awaitLatch(goOn);
                                        buffer.put((byte) 'y');
                                    },
                                    Requests::copy),
                            OwnThread.PER_TASK)
                    .thenCompose(reply -> reply);
            assertThat(Requests.awaitLatch(writing)).isTrue();
            for (int i = 0; i < 100; i++) {
                assertThat(Requests.ask(pool, "x")).isEqualTo("x");
                assertThat(pool.call(Requests.bytes("x"))).isEqualTo(Requests.bytes("x"));
            }
            goOn.countDown();
            assertThat(Requests.result(blocked)).isEqualTo("y");
        }
    }

    @Test
    void buffersAreAsLongAsTheirMessageAndThoseToReadAreReadOnly() throws Exception {
        try (WorkerPool pool = WorkerPool.bundled("echo").workers(1).start()) {
            for (int size : new int[] {0, 1, 7, 8, 1000, pool.maxRequestBytes()}) {
                Consumer<ByteBuffer> write = buffer -> {
                    checkFresh(buffer, size);
                    assertThat(buffer.isReadOnly()).isFalse();
                };
                Function<ByteBuffer, Boolean> read = buffer -> {
                    checkFresh(buffer, size);
                    return buffer.isReadOnly();
                };
                assertThat(pool.submit(0, size, write, read).get(30, TimeUnit.SECONDS))
                        .isTrue();
                assertThat(pool.call(0, size, write, read)).isTrue();
            }
        }
    }

    private static void checkFresh(ByteBuffer buffer, int size) {
        assertThat(buffer.order()).isEqualTo(ByteOrder.nativeOrder());
        assertThat(buffer.position()).isZero();
        assertThat(buffer.limit()).isEqualTo(size);
        assertThat(buffer.capacity()).isEqualTo(size);
        assertThat(buffer.isDirect()).isTrue();
    }

    @Test
    void aKeptBufferDoesNotCrashTheVm() throws Exception {
        List<ByteBuffer> kept = new ArrayList<>();
        try (WorkerPool pool = WorkerPool.bundled("echo").workers(1).start()) {
            pool.submit(0, 5000, kept::add, kept::add).get(30, TimeUnit.SECONDS);
            pool.call(0, 5000, kept::add, kept::add);
            kept.forEach(PoolCallbackTest::sum);
            Requests.signal(Requests.onlyPid(pool), Signal.KILL);
            Requests.ask(pool, "x");
            kept.forEach(PoolCallbackTest::sum);
        }
        kept.forEach(PoolCallbackTest::sum);
        for (ByteBuffer buffer : kept) {
            if (!buffer.isReadOnly()) {
                buffer.put(0, (byte) 1);
            }
        }
    }

    private static int sum(ByteBuffer buffer) {
        int sum = 0;
        for (int i = 0; i < buffer.capacity(); i++) {
            sum += buffer.get(i);
        }
        return sum;
    }

    /** More bells than one epoll_wait returns, and each look of the safety net finds replies that aren't read yet. */
    @Test
    @Tag(Proof.TAG)
    void bellsThatWaitBehindCallbacksAreNotLost() throws Exception {
        try (WorkerPool pool = WorkerPool.bundled("echo")
                .workers(3 * Poller.EVENTS)
                .ringBytes(64 * 1024)
                .start()) {
            List<CompletableFuture<Boolean>> replies = new ArrayList<>();
            CountDownLatch blocked = new CountDownLatch(1);
            CountDownLatch published = new CountDownLatch(1);
            replies.add(pool.submit(0, 0, NOTHING, buffer -> {
                blocked.countDown();
                return Requests.awaitLatch(published) && blockLongerThanTheSafetyNet();
            }));
            assertThat(Requests.awaitLatch(blocked)).isTrue();
            replies.add(pool.submit(0, 0, NOTHING, buffer -> blockLongerThanTheSafetyNet()));
            while (replies.size() < 3 * Poller.EVENTS) {
                replies.add(pool.submit(0, 0, NOTHING, buffer -> true));
            }
            Await.until("all answered", () -> pool.stats().total().answered() == replies.size());
            published.countDown();
            for (CompletableFuture<Boolean> reply : replies) {
                assertThat(reply.get(30, TimeUnit.SECONDS)).isTrue();
            }
            assertThat(pool.stats().total().rescues()).isZero();
        }
    }

    private static boolean blockLongerThanTheSafetyNet() {
        Uninterruptible.sleepMillis(1100);
        return true;
    }

    @Test
    void aCallbackThatThrowsHarmsItsOwnFutureOnly() throws Exception {
        try (WorkerPool pool = Requests.crash().start()) {
            Requests.stop(Requests.onlyPid(pool));
            List<CompletableFuture<Object>> failing = new ArrayList<>();
            List<CompletableFuture<byte[]>> good = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                Error error = i % 2 == 0 ? new StackOverflowError() : new AssertionError("mine");
                failing.add(pool.submit(0, 0, NOTHING, buffer -> {
                    throw error;
                }));
                CompletableFuture<byte[]> reply = Requests.send(pool, "x");
                reply.whenComplete((bytes, failure) -> {
                    throw error;
                });
                good.add(reply);
            }
            Requests.signal(Requests.onlyPid(pool), Signal.CONT);
            for (int i = 0; i < 50; i++) {
                Requests.failure(Error.class, failing.get(i));
                assertThat(Requests.result(good.get(i))).isEqualTo("x");
            }
            assertThat(Leftovers.poolThreads()).anyMatch(name -> name.endsWith("-replies"));
        }
    }
}
