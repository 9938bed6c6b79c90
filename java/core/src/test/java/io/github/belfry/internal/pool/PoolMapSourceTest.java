package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.Replies;
import io.github.belfry.WorkerPool;
import io.github.belfry.support.Await;
import io.github.belfry.support.Requests;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A map whose source may have nothing yet. */
@Timeout(60)
class PoolMapSourceTest {
    private static final class Texts implements PollableSource<byte[]> {
        final Queue<String> texts = new ConcurrentLinkedQueue<>();
        final AtomicInteger sleeps = new AtomicInteger();

        @Override
        public boolean isReady() {
            return !texts.isEmpty();
        }

        @Override
        public boolean hasNext() {
            assertThat(isReady()).as("asked for what it hasn't got").isTrue();
            return true;
        }

        @Override
        public byte[] next() {
            return Requests.bytes(texts.remove());
        }

        @Override
        public void aboutToSleep() {
            sleeps.incrementAndGet();
        }
    }

    @Test
    void aReplyIsGivenWhileTheSourceHasNothing() throws Exception {
        Texts source = new Texts();
        try (WorkerPool pool = Requests.crash().start();
                Replies<byte[]> replies = pool.map(source)) {
            source.texts.add("a");
            assertThat(replies.next()).isEqualTo(Requests.bytes("a"));
            source.texts.add("sleep 20");
            assertThat(replies.next()).isEmpty();
            assertThat(source.sleeps).hasPositiveValue();
        }
    }

    @Test
    void whatComesWhileTheOldestIsInHandGoesToAnotherWorker() throws Exception {
        Texts source = new Texts();
        source.texts.add("sleep 1000000");
        try (WorkerPool pool =
                        Requests.crash().workers(2).closeGrace(Duration.ZERO).start();
                Replies<byte[]> replies = pool.map(source)) {
            Thread[] asking = new Thread[1];
            CompletableFuture<byte[]> oldest = CompletableFuture.supplyAsync(() -> {
                asking[0] = Thread.currentThread();
                return replies.next();
            });
            for (int answered = 1; answered <= 3; answered++) {
                int count = answered;
                Await.until("the thread sleeps", () -> source.sleeps.get() > 0
                        && asking[0].getState() == Thread.State.WAITING);
                source.texts.add("x");
                LockSupport.unpark(asking[0]);
                Await.until("answered", () -> pool.stats().total().answered() == count);
            }
            assertThat(oldest).isNotDone();
            pool.close();
            assertThat(oldest).failsWithin(30, TimeUnit.SECONDS);
        }
    }
}
