package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.Inside;
import io.github.belfry.Signal;
import io.github.belfry.WorkerPool;
import io.github.belfry.support.Await;
import io.github.belfry.support.OwnThread;
import io.github.belfry.support.Requests;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** In callbacks all of a pool's methods work; and what read gets, and in which thread. */
class PoolReadTest {
    private static final Consumer<ByteBuffer> NOTHING = buffer -> {};
    private static final int SMALLEST = 64 * 1024;

    private static WorkerPool.Builder echo() {
        return WorkerPool.bundled("echo").workers(1);
    }

    /** A call finds its reply by polling. */
    private static WorkerPool.Builder polled() {
        return echo().spin(Duration.ofSeconds(20));
    }

    private static byte[] pattern(int size, int seed) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) (i * 31 + seed);
        }
        return bytes;
    }

    // ---- Calls inside of callbacks

    @Test
    void eachCallbackMayCall() throws Exception {
        try (WorkerPool pool = polled().start()) {
            Function<ByteBuffer, String> called =
                    reply -> Requests.text(Requests.copy(reply)) + Requests.text(pool.call(Requests.bytes("b")));
            Function<ByteBuffer, String> inside = reply -> pool.call(0, 1, to -> to.put((byte) 'a'), called);
            for (int i = 0; i < 20; i++) {
                assertThat(pool.call(0, 0, NOTHING, inside)).isEqualTo("ab");
                assertThat(pool.submit(0, 0, NOTHING, inside).get(30, TimeUnit.SECONDS))
                        .isEqualTo("ab");
            }
        }
    }

    /** The caller of each sleeps, and the reply comes by the pool's thread. */
    @Test
    void callbacksMayCallWithoutPolling() throws Exception {
        try (WorkerPool pool = echo().workers(2).spin(Duration.ZERO).start()) {
            List<CompletableFuture<String>> replies = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                byte[] text = Requests.bytes("" + i);
                replies.add(pool.submit(0, 0, NOTHING, reply -> Requests.text(pool.call(text))));
            }
            for (int i = 0; i < 100; i++) {
                assertThat(replies.get(i).get(30, TimeUnit.SECONDS)).isEqualTo("" + i);
            }
        }
    }

    @Test
    void inACallbackSubmitWaitsForRoom() throws Exception {
        try (WorkerPool pool = echo().ringBytes(SMALLEST).start()) {
            List<CompletableFuture<byte[]>> inside = new ArrayList<>();
            Function<ByteBuffer, Boolean> submitting = buffer -> {
                for (int i = 0; i < 4; i++) {
                    inside.add(pool.submit(pattern(40_000, i)));
                }
                return true;
            };
            assertThat(pool.submit(0, 0, NOTHING, submitting).get(30, TimeUnit.SECONDS))
                    .isTrue();
            assertThat(pool.call(0, 0, NOTHING, submitting)).isTrue();
            for (int i = 0; i < 8; i++) {
                assertThat(inside.get(i).get(30, TimeUnit.SECONDS)).isEqualTo(pattern(40_000, i % 4));
            }
        }
    }

    // ---- What read reads

    @Test
    void theReadOfACallRunsInTheCallerHoweverTheReplyComes() throws Exception {
        Thread caller = Thread.currentThread();
        ClassLoader before = caller.getContextClassLoader();
        try (WorkerPool pool = echo().spin(Duration.ZERO).start();
                WorkerPool polled = polled().start();
                URLClassLoader loader = new URLClassLoader(new URL[0], before)) {
            caller.setContextClassLoader(loader);
            long pid = Requests.onlyPid(pool);
            Requests.stop(pid);
            CompletableFuture<Void> goOn = CompletableFuture.runAsync(
                    () -> {
                        try {
                            Await.until("the caller sleeps", () -> caller.getState() == Thread.State.WAITING);
                            Requests.signal(pid, Signal.CONT);
                        } catch (Exception e) {
                            throw new AssertionError(e);
                        }
                    },
                    OwnThread.PER_TASK);
            for (WorkerPool each : List.of(pool, polled)) {
                each.call(0, 5, to -> to.put(Requests.bytes("hello")), reply -> {
                    assertThat(Thread.currentThread()).isSameAs(caller);
                    assertThat(caller.getContextClassLoader()).isSameAs(loader);
                    assertThat(Requests.text(Requests.copy(reply))).isEqualTo("hello");
                    return null;
                });
            }
            goOn.get(30, TimeUnit.SECONDS);
        } finally {
            caller.setContextClassLoader(before);
        }
    }

    /** Neither other replies nor the worker's death change what it reads. */
    @Test
    void aReplyThatACallReadsInPlaceStaysWhileOthersCome() throws Exception {
        byte[] request = pattern(20_000, 7);
        try (WorkerPool pool = polled().ringBytes(SMALLEST).start()) {
            byte[] read = pool.call(0, request.length, to -> to.put(request), reply -> {
                assertThat(isHeld(pool)).isTrue();
                try {
                    for (int i = 0; i < 2; i++) {
                        long pid = Requests.onlyPid(pool);
                        assertThat(pool.call(pattern(20_000, i))).isEqualTo(pattern(20_000, i));
                        assertThat(pool.submit(pattern(10_000, i)).get(30, TimeUnit.SECONDS))
                                .isEqualTo(pattern(10_000, i));
                        Requests.signal(pid, Signal.KILL);
                        Await.until("another worker", () -> isReplaced(pool, pid));
                    }
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
                return Requests.copy(reply);
            });
            assertThat(read).isEqualTo(request);
            assertThat(pool.call(pattern(pool.maxReplyBytes(), 1))).isEqualTo(pattern(pool.maxReplyBytes(), 1));
            assertThat(isHeld(pool)).isFalse();
        }
    }

    private static boolean isReplaced(WorkerPool pool, long pid) {
        return !pool.pids().contains(pid) && Inside.of(pool).slots().get(0).isServing();
    }

    private static boolean isHeld(WorkerPool pool) {
        return Inside.of(pool).slots().get(0).incarnation().reader().isHeld();
    }

    /** It waits for room, which isn't its own time; then its request is done by another worker. */
    @Test
    void aWorkerThatWaitsForTheRoomOfAReplyThatIsReadIsReplaced() throws Exception {
        byte[] large = pattern(40_000, 1);
        try (WorkerPool pool = echo().spin(Duration.ofMillis(200))
                .ringBytes(SMALLEST)
                .executionTimeout(Duration.ofMillis(500))
                .maxAttempts(1)
                .start()) {
            long pid = Requests.onlyPid(pool);
            byte[] read = pool.call(0, large.length, to -> to.put(large), reply -> {
                assertThat(pool.call(pattern(40_000, 2))).isEqualTo(pattern(40_000, 2));
                return Requests.copy(reply);
            });
            assertThat(read).isEqualTo(large);
            assertThat(pool.pids()).hasSize(1).doesNotContain(pid);
        }
    }

    /** Its bytes are its own: what is read meanwhile goes elsewhere, and after the end they are still there. */
    @Test
    void aReadThatBlocksKeepsItsBytes() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        WorkerPool pool =
                echo().ringBytes(SMALLEST).closeGrace(Duration.ofMillis(100)).start();
        byte[] request = pattern(5000, 1);
        CountDownLatch reading = new CountDownLatch(1);
        CompletableFuture<byte[]> result = new CompletableFuture<>();
        pool.submit(0, request.length, to -> to.put(request), reply -> {
            reading.countDown();
            Requests.awaitLatch(goOn);
            return result.complete(Requests.copy(reply));
        });
        assertThat(Requests.awaitLatch(reading)).isTrue();
        for (int i = 0; i < 100; i++) {
            byte[] other = pattern(5000, i);
            assertThat(pool.submit(0, other.length, to -> to.put(other), Requests::copy)
                            .get(30, TimeUnit.SECONDS))
                    .isEqualTo(other);
        }
        pool.close();
        goOn.countDown();
        assertThat(result.get(30, TimeUnit.SECONDS)).isEqualTo(request);
    }

    // ---- The context class loader

    /** And the pool, which the starter may keep, forgets it. */
    @Test
    void callbacksHaveTheContextClassLoaderOfTheStarterUntilTheEnd() throws Exception {
        AtomicReference<WorkerPool> pool = new AtomicReference<>();
        WeakReference<ClassLoader> loader = new WeakReference<>(useWithLoader(pool));
        pool.get().close();
        Await.until("it is forgotten", () -> {
            System.gc();
            return loader.get() == null;
        });
        assertThat(pool.get().pids()).isEmpty();
    }

    private static ClassLoader useWithLoader(AtomicReference<WorkerPool> pool) throws Exception {
        Thread starter = Thread.currentThread();
        ClassLoader before = starter.getContextClassLoader();
        ClassLoader loader = new URLClassLoader(new URL[0], before);
        starter.setContextClassLoader(loader);
        try {
            pool.set(echo().start());
        } finally {
            starter.setContextClassLoader(before);
        }
        CountDownLatch goOn = new CountDownLatch(1);
        CompletableFuture<ClassLoader> first = pool.get().submit(0, 0, NOTHING, reply -> {
            Requests.awaitLatch(goOn);
            return Thread.currentThread().getContextClassLoader();
        });
        CompletableFuture<ClassLoader> second =
                pool.get().submit(0, 0, NOTHING, reply -> Thread.currentThread().getContextClassLoader());
        assertThat(second.get(30, TimeUnit.SECONDS)).isSameAs(loader);
        goOn.countDown();
        assertThat(first.get(30, TimeUnit.SECONDS)).isSameAs(loader);
        return loader;
    }
}
