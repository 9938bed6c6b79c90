package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.belfry.Inside;
import io.github.belfry.RequestTimeoutException;
import io.github.belfry.Signal;
import io.github.belfry.WorkerPool;
import io.github.belfry.support.Await;
import io.github.belfry.support.Requests;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PoolHangTest {
    @TempDir
    private Path directory;

    @Test
    void aWorkerThatHangsGetsAbortAndThenKill() throws Exception {
        Path heard = directory.resolve("heard");
        try (WorkerPool pool =
                Requests.poolWorker().executionTimeout(Duration.ofSeconds(1)).start()) {
            long pid = Requests.onlyPid(pool);
            CompletableFuture<byte[]> hung = Requests.send(pool, "deaf " + heard);
            CompletableFuture<byte[]> behind = Requests.send(pool, "x");
            RequestTimeoutException e = Requests.failure(RequestTimeoutException.class, hung);
            assertThat(e).hasMessageContaining("1000 ms").hasMessageContaining(Long.toString(pid));
            assertThat(e.mayHaveRun()).isTrue();
            assertThat(Requests.result(behind)).isEqualTo("type 0 attempt 1 size 1");
            assertThat(pool.pids()).hasSize(1).doesNotContain(pid);
            assertThat(pool.stats().total().deaths()).isEqualTo(1);
        }
        assertThat(heard).hasContent("1\nABRT\n");
    }

    @Test
    void aWorkerThatTurnsInALoopIsEndedAndItsRequestNotRetried() throws Exception {
        try (WorkerPool pool =
                Requests.crash().executionTimeout(Duration.ofSeconds(1)).start()) {
            CompletableFuture<byte[]> hung = Requests.send(pool, "loop");
            CompletableFuture<byte[]> behind = Requests.send(pool, "attempt");
            Requests.failure(RequestTimeoutException.class, hung);
            assertThat(Requests.result(behind)).isEqualTo("1");
            assertThat(pool.stats().total().deaths()).isEqualTo(1);
            assertThat(pool.stats().total().answered()).isEqualTo(1);
        }
    }

    /**
     * However long it is. When a request that came later to another worker has timed out twice, this one would have as
     * well: at each of its ticks the supervisor looks at every slot.
     */
    @Test
    void aWorkerThatIsStoppedIsLeftInPeaceAndAnswersLater() throws Exception {
        Path gate = directory.resolve("gate");
        try (WorkerPool pool = Requests.poolWorker()
                .workers(2)
                .executionTimeout(Duration.ofMillis(500))
                .start()) {
            Slot slot = Inside.of(pool).slots().get(0);
            Slot other = Inside.of(pool).slots().get(1);
            Await.until("the other slot is kept free", other::tryReserve);
            CompletableFuture<byte[]> stopped = Requests.send(pool, "wait " + gate);
            Await.until("it is in hand", () -> slot.incarnation().inHand() > 0);
            long pid = slot.incarnation().pid();
            Requests.stop(pid);
            other.unreserve();
            for (int i = 0; i < 3; i++) {
                Requests.failure(RequestTimeoutException.class, Requests.send(pool, "wait " + gate));
            }
            Files.createFile(gate);
            Requests.signal(pid, Signal.CONT);
            assertThat(Requests.result(stopped)).isEmpty();
            assertThat(slot.incarnation().pid()).isEqualTo(pid);
            Await.until("the others have ended", () -> pool.stats().total().deaths() == 3);
        }
    }

    @Test
    void theMessageHasTheLastLineOfItsStandardError() throws Exception {
        try (WorkerPool pool =
                Requests.crash().executionTimeout(Duration.ofSeconds(1)).start()) {
            Requests.ask(pool, "stderr one");
            Requests.ask(pool, "stderr two");
            assertThat(Requests.failure(RequestTimeoutException.class, Requests.send(pool, "loop")))
                    .hasMessageEndingWith(", which is ended; it said: two");
        }
    }

    @Test
    void anExpiredCallThrows() throws Exception {
        try (WorkerPool pool =
                Requests.crash().executionTimeout(Duration.ofSeconds(1)).start()) {
            assertThatThrownBy(() -> pool.call(Requests.bytes("loop"))).isInstanceOf(RequestTimeoutException.class);
            assertThat(pool.call(Requests.bytes("attempt"))).isEqualTo(Requests.bytes("1"));
        }
    }

    /** All together are in hand for longer than one may be, by the supervisor's own count. */
    @Test
    void theTimeOfARequestBeginsWhenItIsTheOldest() throws Exception {
        int requests = 5;
        long eachNanos = 350_000_000;
        Duration timeout = Duration.ofMillis(1500);
        assertThat(requests * eachNanos).isGreaterThan(timeout.toNanos());
        try (WorkerPool pool = Requests.poolWorker().executionTimeout(timeout).start()) {
            List<CompletableFuture<byte[]>> replies = new ArrayList<>();
            for (int i = 0; i < requests; i++) {
                replies.add(Requests.send(pool, "wait " + directory.resolve("gate" + i)));
            }
            Request<?> oldest = Inside.of(pool).slots().get(0).queue().peek();
            for (int i = 0; i < requests; i++) {
                Request<?> inHand = oldest;
                Await.until("it has been in hand for its share", () -> inHand.inHandNanos >= eachNanos);
                Request<?> next = inHand.next;
                assertThat(next == null ? 0 : next.inHandNanos).isZero();
                Files.createFile(directory.resolve("gate" + i));
                assertThat(Requests.result(replies.get(i))).isEmpty();
                oldest = next;
            }
            assertThat(pool.stats().total().deaths()).isZero();
        }
    }

    /** The worker answers as soon as the request has timed out. */
    private static CompletableFuture<byte[]> sendUntilGivenUp(WorkerPool pool, Path gate) {
        CompletableFuture<byte[]> late = Requests.send(pool, "wait " + gate);
        late.whenComplete((reply, failure) -> {
            try {
                Files.createFile(gate);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        return late;
    }

    @Test
    void aLateReplyAnswersNoOtherRequest() throws Exception {
        Path gate = directory.resolve("gate");
        try (WorkerPool pool = Requests.poolWorker()
                .workers(2)
                .executionTimeout(Duration.ofSeconds(1))
                .start()) {
            Requests.failure(RequestTimeoutException.class, sendUntilGivenUp(pool, gate));
            for (int i = 0; i < 100; i++) {
                assertThat(Requests.ask(pool, "x".repeat(i))).isEqualTo("type 0 attempt 1 size " + i);
            }
        }
    }

    /** It timed out while no worker was ready, and is in hand again: the request behind it may not wait for ever. */
    @Test
    void aWorkerThatHangsInARequestAlreadyGivenUpIsEndedToo() throws Exception {
        Path hold = directory.resolve("hold");
        Path heard = directory.resolve("heard");
        try (WorkerPool pool = Requests.script("while test -e $0; do sleep 0.05; done; exec \"$1\"", hold)
                .workers(1)
                .executionTimeout(Duration.ofSeconds(1))
                .start()) {
            CompletableFuture<byte[]> hung = Requests.send(pool, "deaf " + heard);
            Await.until("it is in hand", () -> Files.exists(heard));
            Files.createFile(hold);
            Requests.signal(Requests.onlyPid(pool), Signal.KILL);
            Requests.failure(RequestTimeoutException.class, hung);
            CompletableFuture<byte[]> behind = Requests.send(pool, "x");
            Files.delete(hold);
            assertThat(Requests.result(behind)).isEqualTo("type 0 attempt 1 size 1");
        }
    }

    @Test
    void aWorkerThatSurvivesAbortIsKilledWithNothingInHandAndNoRequestIsBlamed() throws Exception {
        Path gate = directory.resolve("gate");
        try (WorkerPool pool = Requests.poolWorker()
                .process(worker -> worker.blockSignals(Signal.ABRT))
                .executionTimeout(Duration.ofSeconds(1))
                .maxAttempts(1)
                .start()) {
            Requests.failure(RequestTimeoutException.class, sendUntilGivenUp(pool, gate));
            Await.until("it is killed", () -> pool.stats().total().deaths() == 1);
            assertThat(Requests.ask(pool, "x")).isEqualTo("type 0 attempt 1 size 1");
            assertThat(pool.stats().total().deaths()).isEqualTo(1);
        }
    }
}
