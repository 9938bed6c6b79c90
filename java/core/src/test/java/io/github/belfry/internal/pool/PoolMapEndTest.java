package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.belfry.PoolUnavailableException;
import io.github.belfry.Replies;
import io.github.belfry.RequestInterruptedException;
import io.github.belfry.RequestTimeoutException;
import io.github.belfry.Requester;
import io.github.belfry.WorkerDiedException;
import io.github.belfry.WorkerPool;
import io.github.belfry.WorkerSession;
import io.github.belfry.support.Await;
import io.github.belfry.support.Requests;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A map that ends before its source does, and requests that end otherwise than by a reply. */
@Timeout(60)
class PoolMapEndTest {
    @TempDir
    private Path directory;

    // ---- The end, early

    @Test
    void anInterruptLosesNothing() throws Exception {
        try (WorkerPool pool = Requests.crash().workers(1).start();
                Replies<byte[]> replies = pool.map(PoolMapTest.texts("sleep 300", "a", "b"))) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(replies::next).isInstanceOf(RequestInterruptedException.class);
            assertThat(Thread.interrupted()).isTrue();
            assertThat(replies.next()).isEmpty();
            assertThat(replies.next()).isEqualTo(Requests.bytes("a"));
            assertThat(replies.next()).isEqualTo(Requests.bytes("b"));
            assertThat(replies.hasNext()).isFalse();
        }
    }

    private byte[] noted(int millis) {
        return Requests.bytes("sleep-note " + millis + " " + directory.resolve("notes"));
    }

    private long runs() throws Exception {
        return Files.exists(directory.resolve("notes"))
                ? Files.readAllLines(directory.resolve("notes")).size()
                : 0;
    }

    @Test
    void closingWithdrawsWhatHasNotBegun() throws Exception {
        try (WorkerPool pool =
                Requests.poolWorker().workers(1).inFlightPerWorker(50).start()) {
            List<byte[]> requests = new ArrayList<>(Collections.nCopies(50, noted(500)));
            requests.set(0, noted(1));
            Replies<byte[]> replies = pool.map(requests.iterator());
            replies.next();
            replies.close();
            replies.close();
            assertThat(replies.hasNext()).isFalse();
            assertThatThrownBy(replies::next).isInstanceOf(NoSuchElementException.class);
            pool.call(new byte[0]);
            assertThat(runs()).isLessThanOrEqualTo(2);
            assertThat(pool.stats().total().withdrawn()).isPositive();
        }
    }

    @Test
    void oneThatIsCollectedIsClosed() throws Exception {
        try (WorkerPool pool = Requests.poolWorker()
                .workers(1)
                .inFlightPerWorker(50)
                .closeGrace(Duration.ZERO)
                .start()) {
            pool.map(Arrays.asList(noted(300), noted(1_000_000), noted(1), noted(1)).iterator())
                    .next();
            Await.until("the second is in hand", () -> runs() == 2);
            Await.until("the others are withdrawn", () -> {
                System.gc();
                return pool.stats().total().withdrawn() == 2;
            });
        }
    }

    @Test
    void afterThePoolsCloseThereIsOneFailureAndThenTheEnd() throws Exception {
        WorkerPool pool = PoolMapTest.echo(1);
        Replies<byte[]> replies = pool.map(PoolMapTest.numbers(100_000));
        assertThat(PoolMapTest.number(replies.next())).isZero();
        pool.close();
        int next = 1;
        try {
            for (; ; next++) {
                assertThat(PoolMapTest.number(replies.next())).isEqualTo(next);
            }
        } catch (PoolUnavailableException closed) {
            assertThat(next).isLessThan(100_000);
        }
        assertThat(replies.hasNext()).isFalse();
        assertThatThrownBy(replies::next).isInstanceOf(NoSuchElementException.class);
        Replies<byte[]> none = pool.map(PoolMapTest.numbers(10));
        assertThatThrownBy(none::next).isInstanceOf(PoolUnavailableException.class);
        assertThat(none.hasNext()).isFalse();
    }

    @Test
    void whatAPoolsEndFailsIsOneFailure() throws Exception {
        WorkerPool pool = Requests.crash().workers(1).closeGrace(Duration.ofMillis(50)).start();
        Replies<byte[]> replies = pool.map(PoolMapTest.texts("a", "sleep 60000", "b", "c"));
        assertThat(replies.next()).isEqualTo(Requests.bytes("a"));
        pool.close();
        assertThatThrownBy(replies::next).isInstanceOf(PoolUnavailableException.class);
        assertThat(replies.hasNext()).isFalse();
    }

    /** Replies that lie there don't keep a pool from its end. */
    @Test
    void aPoolClosesBesideAnAbandonedOne() throws Exception {
        WorkerPool pool = PoolMapTest.echo(1);
        Replies<byte[]> abandoned = pool.map(PoolMapTest.numbers(1000));
        abandoned.next();
        pool.shutdown();
        assertThat(pool.awaitTermination(Duration.ofSeconds(20))).isTrue();
        assertThat(PoolMapTest.number(abandoned.next())).isEqualTo(1);
    }

    // ---- Times and deaths

    @Test
    void whatIsLateFailsAndTheOthersGoOn() throws Exception {
        try (WorkerPool pool = Requests.crash().workers(2).start();
                Replies<byte[]> replies =
                        pool.withTimeout(Duration.ofMillis(300)).map(PoolMapTest.texts("a", "sleep 2000", "b"))) {
            assertThat(replies.next()).isEqualTo(Requests.bytes("a"));
            assertThatThrownBy(replies::next).isInstanceOf(RequestTimeoutException.class);
            assertThat(replies.next()).isEqualTo(Requests.bytes("b"));
        }
    }

    /** The user takes longer for each than they have. */
    @Test
    void aDeadlineIsMetWhenTheReplyHasCome() throws Exception {
        try (WorkerPool pool = Requests.crash().workers(2).start()) {
            Requester hurried = pool.withTimeout(Duration.ofMillis(200));
            try (Replies<byte[]> replies = hurried.map(PoolMapTest.numbers(10))) {
                assertThat(PoolMapTest.number(replies.next())).isZero();
                Await.until("all are answered", () -> pool.stats().total().inFlight() == 0);
                // Given after them, so they are late as well when this is.
                Requests.failure(RequestTimeoutException.class, hurried.submit(Requests.bytes("sleep 2000")));
                for (int i = 1; i < 10; i++) {
                    assertThat(PoolMapTest.number(replies.next())).isEqualTo(i);
                }
            }
        }
    }

    @Test
    void aRequestThatKillsFailsAloneAndTheOthersGoOn() throws Exception {
        try (WorkerPool pool = Requests.crash().workers(2).maxAttempts(2).start();
                Replies<byte[]> replies = pool.map(PoolMapTest.texts("a", "signal SEGV", "b", "crash-once c", "d"))) {
            assertThat(replies.next()).isEqualTo(Requests.bytes("a"));
            assertThatThrownBy(replies::next)
                    .isInstanceOf(WorkerDiedException.class)
                    .satisfies(e -> assertThat(Arrays.stream(e.getStackTrace())
                                    .anyMatch(frame -> frame.getClassName().equals(PoolMapEndTest.class.getName())))
                            .as("the caller's stack")
                            .isTrue());
            assertThat(replies.next()).isEqualTo(Requests.bytes("b"));
            assertThat(replies.next()).isEqualTo(Requests.bytes("c"));
            assertThat(replies.next()).isEqualTo(Requests.bytes("d"));
        }
    }

    @Test
    void aSessionsElementsAreDoneByItsWorkerAndFailWithIt() throws Exception {
        try (WorkerPool pool = Requests.crash().workers(2).start();
                WorkerSession session = pool.session()) {
            try (Replies<byte[]> replies = session.map(PoolMapTest.texts("attempt", "a", "exit 3", "b"))) {
                assertThat(replies.next()).isEqualTo(Requests.bytes("1"));
                assertThat(replies.next()).isEqualTo(Requests.bytes("a"));
                assertThatThrownBy(replies::next).isInstanceOf(WorkerDiedException.class);
                assertThatThrownBy(replies::next).isInstanceOf(WorkerDiedException.class);
                assertThat(replies.hasNext()).isFalse();
            }
        }
    }
}
