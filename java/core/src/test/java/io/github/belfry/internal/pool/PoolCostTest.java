package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.github.belfry.Replies;
import io.github.belfry.RequestWriter;
import io.github.belfry.WorkerPool;
import java.lang.management.ManagementFactory;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Iterator;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Upper bounds of what a request of 64 bytes and its reply cost besides time, which is the same on each machine: bytes
 * that are allocated, by the caller's thread and the pool's together, and wake-ups. What is allocated is the most of any
 * JIT: without one nothing is left out.
 */
@Tag("once")
@Timeout(60)
class PoolCostTest {
    private static final int REQUESTS = 20_000;
    private static final int UNANSWERED = 256;
    private static final byte[] REQUEST = new byte[64];
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private interface Work {
        void run(WorkerPool pool) throws Exception;
    }

    /** How many bytes a request allocates, once all classes are loaded. */
    private static long bytes(String name, Work work) throws Exception {
        try (WorkerPool pool =
                WorkerPool.bundled("echo").name(name).workers(1).start()) {
            work.run(pool);
            long[] threads = Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread == Thread.currentThread()
                            || thread.getName().startsWith("belfry-" + name + "-"))
                    .mapToLong(Thread::getId)
                    .toArray();
            long before = allocated(threads);
            work.run(pool);
            return (allocated(threads) - before) / REQUESTS;
        }
    }

    private static long allocated(long[] threads) {
        return LongStream.of(THREADS.getThreadAllocatedBytes(threads)).sum();
    }

    @Test
    void mapOfBytes() throws Exception {
        Work work = pool -> {
            try (Replies<byte[]> replies =
                    pool.map(Collections.nCopies(REQUESTS, REQUEST).iterator())) {
                replies.forEachRemaining(reply -> assertLength(reply.length));
            }
        };
        assertThat(bytes("map-bytes", work)).isLessThanOrEqualTo(312);
    }

    @Test
    void mapWithCallbacks() throws Exception {
        RequestWriter<byte[]> writer = RequestWriter.of(bytes -> bytes.length, (bytes, to) -> to.put(bytes));
        Work work = pool -> {
            Iterator<byte[]> requests = Collections.nCopies(REQUESTS, REQUEST).iterator();
            try (Replies<Boolean> replies = pool.map(requests, writer, reply -> assertLength(reply.remaining()))) {
                replies.forEachRemaining(right -> assertLength(REQUEST.length));
            }
        };
        assertThat(bytes("map", work)).isLessThanOrEqualTo(384);
    }

    /** Where replies come one by one each has the objects that otherwise many share. */
    @Test
    void submit() throws Exception {
        Work work = pool -> {
            Queue<CompletableFuture<byte[]>> unanswered = new ArrayDeque<>();
            for (int i = 0; i < REQUESTS; i++) {
                if (unanswered.size() == UNANSWERED) {
                    await(unanswered.remove());
                }
                unanswered.add(pool.submit(REQUEST));
            }
            unanswered.forEach(PoolCostTest::await);
        };
        assertThat(bytes("submit", work)).isLessThanOrEqualTo(480);
    }

    /** A future that a thread sleeps on allocates for that. */
    private static void await(CompletableFuture<byte[]> future) {
        while (!future.isDone()) {
            Thread.yield();
        }
        assertLength(future.join().length);
    }

    @Test
    void aMapWakesItsWorkerOnceForManyRequests() throws Exception {
        try (WorkerPool pool =
                        WorkerPool.bundled("echo").name("wakes").workers(1).start();
                Replies<byte[]> replies =
                        pool.map(Collections.nCopies(REQUESTS, REQUEST).iterator())) {
            replies.forEachRemaining(reply -> assertLength(reply.length));
            assertThat(pool.stats().total().signals()).isLessThanOrEqualTo(REQUESTS / 10);
        }
    }

    private static boolean assertLength(int length) {
        if (length != REQUEST.length) {
            throw new AssertionError(length);
        }
        return true;
    }
}
