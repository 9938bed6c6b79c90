package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.Inside;
import io.github.belfry.PoolUnavailableException;
import io.github.belfry.RequestTimeoutException;
import io.github.belfry.Signal;
import io.github.belfry.WorkerDiedException;
import io.github.belfry.WorkerPool;
import io.github.belfry.support.Await;
import io.github.belfry.support.OwnThread;
import io.github.belfry.support.Requests;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** While a callback blocks, the pool goes on with all that can go wrong. */
class PoolBlockedTest {
    private final CountDownLatch goOn = new CountDownLatch(1);
    private WorkerPool pool;
    private long blocking;
    private CompletableFuture<Boolean> blocked;

    /** Two workers; the reply of one is being read, and the reader blocks. */
    private void start(Duration requestTimeout) throws Exception {
        pool = Requests.crash()
                .workers(2)
                .executionTimeout(requestTimeout)
                .maxAttempts(1)
                .closeGrace(Duration.ofMillis(200))
                .start();
        CountDownLatch reading = new CountDownLatch(1);
        blocked = pool.submit(0, 0, buffer -> {}, reply -> {
            reading.countDown();
            return Requests.awaitLatch(goOn);
        });
        assertThat(Requests.awaitLatch(reading)).isTrue();
        blocking = pool.stats().workers().stream()
                .filter(worker -> worker.answered() == 1)
                .findFirst()
                .orElseThrow()
                .pid();
    }

    @AfterEach
    void close() throws Exception {
        goOn.countDown();
        pool.close();
        assertThat(blocked).isDone();
    }

    @Test
    void deadlinesOfOtherWorkersRequestsAreKept() throws Exception {
        start(Duration.ofSeconds(1));
        Requests.failure(RequestTimeoutException.class, Requests.send(pool, "loop"));
        Requests.failure(RequestTimeoutException.class, Requests.send(pool, "loop"));
        assertThat(blocked).isNotDone();
    }

    @Test
    void theDeadlineOfTheSameWorkersNextRequestIsKept() throws Exception {
        start(Duration.ofSeconds(1));
        Requests.stop(other());
        CompletableFuture<byte[]> first = Requests.send(pool, "loop");
        CompletableFuture<byte[]> second = Requests.send(pool, "loop");
        Requests.failure(RequestTimeoutException.class, first);
        Requests.failure(RequestTimeoutException.class, second);
        assertThat(blocked).isNotDone();
    }

    private long other() {
        return pool.pids().stream().filter(pid -> pid != blocking).findFirst().orElseThrow();
    }

    /** By one look at the pids: the worker may die between two. */
    private boolean isReplaced(long pid) {
        List<Long> pids = pool.pids();
        return pids.size() == 2
                && !pids.contains(pid)
                && Inside.of(pool).slots().stream().allMatch(Slot::isServing);
    }

    @Test
    void otherWorkersFailAndRestart() throws Exception {
        start(Duration.ofSeconds(30));
        for (int i = 0; i < 3; i++) {
            long pid = other();
            Requests.signal(pid, Signal.KILL);
            Await.until("another incarnation that is ready", () -> isReplaced(pid));
        }
        // Some of them go to the worker whose reply isn't being read.
        List<CompletableFuture<byte[]>> poison =
                Stream.generate(() -> Requests.send(pool, "exit 1")).limit(10).toList();
        Requests.failure(WorkerDiedException.class, CompletableFuture.anyOf(poison.toArray(CompletableFuture[]::new)));
        assertThat(blocked).isNotDone();
    }

    @Test
    void closeReturnsAndFailsWhatIsLeft() throws Exception {
        start(Duration.ofSeconds(30));
        CompletableFuture<byte[]> left = Requests.send(pool, "loop");
        CompletableFuture<byte[]> leftToo = Requests.send(pool, "loop");
        CompletableFuture<Void> closed = CompletableFuture.runAsync(pool::close, OwnThread.PER_TASK);
        closed.get(30, TimeUnit.SECONDS);
        Requests.failure(PoolUnavailableException.class, left);
        Requests.failure(PoolUnavailableException.class, leftToo);
        assertThat(pool.pids()).isEmpty();
        PoolUnavailableException e = Requests.failure(PoolUnavailableException.class, blocked);
        assertThat(e).hasMessageContaining("closed before the read of this reply returned");
        assertThat(goOn.getCount()).isEqualTo(1);
    }

    @Test
    void theDeadlineOfARequestBehindUnreadRepliesIsKept() throws Exception {
        start(Duration.ofSeconds(1));
        List<Slot> slots = Inside.of(pool).slots();
        for (Slot slot : slots) {
            Await.until("the consumer lock", slot::tryConsume);
        }
        List<CompletableFuture<byte[]>> unread = List.of(Requests.send(pool, "a"), Requests.send(pool, "b"));
        Await.until("both are answered", () -> pool.stats().total().answered() == 3);
        List<CompletableFuture<byte[]>> hung = List.of(Requests.send(pool, "loop"), Requests.send(pool, "loop"));
        Requests.failure(RequestTimeoutException.class, hung.get(0));
        Requests.failure(RequestTimeoutException.class, hung.get(1));
        assertThat(unread).noneMatch(CompletableFuture::isDone);
        assertThat(blocked).isNotDone();
        slots.forEach(Slot::stopConsuming);
        slots.forEach(Inside.of(pool)::unread);
        assertThat(Requests.result(unread.get(0))).isEqualTo("a");
        assertThat(Requests.result(unread.get(1))).isEqualTo("b");
    }
}
