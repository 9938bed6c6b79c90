package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.belfry.PoolUnavailableException;
import io.github.belfry.RequestInterruptedException;
import io.github.belfry.RequestTimeoutException;
import io.github.belfry.Signal;
import io.github.belfry.WorkerDiedException;
import io.github.belfry.WorkerPool;
import io.github.belfry.support.Await;
import io.github.belfry.support.Recorded;
import io.github.belfry.support.Requests;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import jdk.jfr.consumer.RecordedEvent;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How requests end, in the event {@code belfry.Request}. */
class JfrOutcomeTest {
    private static final String REQUEST = "belfry.Request";
    private static final Duration WHILE = Duration.ofMillis(50);

    @TempDir
    private Path directory;

    private Path gate;

    @BeforeEach
    void name() {
        gate = directory.resolve("gate");
    }

    @Test
    void oneThatTimesOutInHandHasBeenInHand() throws Exception {
        try (WorkerPool pool = Requests.poolWorker().start();
                Recorded recorded = Recorded.allRequests()) {
            assertThatThrownBy(() -> pool.withTimeout(WHILE).call(Requests.bytes("wait " + gate)))
                    .isInstanceOf(RequestTimeoutException.class);
            RecordedEvent event = recorded.event(REQUEST);
            Recorded.assertOutcome(event, "timeout", 0);
            assertThat(event.getDuration("timeInHand")).isPositive();
            Files.createFile(gate);
        }
    }

    @Test
    void oneForWhichThereIsNoRoomHasNoWorker() throws Exception {
        try (WorkerPool pool = Requests.poolWorker().ringBytes(64 << 10).start();
                Recorded recorded = Recorded.allRequests()) {
            byte[] large = new byte[pool.maxRequestBytes() - 1000];
            CompletableFuture<byte[]> first = Busy.until(gate, pool);
            CompletableFuture<byte[]> second = pool.submit(large);
            Requests.failure(
                    RequestTimeoutException.class,
                    pool.withTimeout(WHILE).submit(large));
            RecordedEvent event = recorded.event(REQUEST);
            Recorded.assertOutcome(event, "timeout", -1);
            assertThat(event.getInt("size")).isEqualTo(large.length);
            assertThat(event.getDuration("timeInHand")).isZero();
            Files.createFile(gate);
            Requests.result(first);
            Requests.result(second);
        }
    }

    private enum Withdrawal {
        CANCEL {
            @Override
            void apply(CompletableFuture<byte[]> future) {
                future.cancel(false);
            }
        },
        COMPLETE {
            @Override
            void apply(CompletableFuture<byte[]> future) {
                future.complete(null);
            }
        },
        FAIL {
            @Override
            void apply(CompletableFuture<byte[]> future) {
                future.orTimeout(1, TimeUnit.MILLISECONDS).exceptionally(late -> null).join();
            }
        };

        abstract void apply(CompletableFuture<byte[]> future);
    }

    @ParameterizedTest
    @EnumSource
    void oneThatIsCompletedFromOutsideIsWithdrawn(Withdrawal withdrawal) throws Exception {
        try (WorkerPool pool =
                        Requests.poolWorker().inFlightPerWorker(Requests.IN_RING).start();
                Recorded recorded = Recorded.allRequests()) {
            CompletableFuture<byte[]> first = Busy.until(gate, pool);
            CompletableFuture<byte[]> second = Requests.send(pool, "x");
            withdrawal.apply(second);
            RecordedEvent event = recorded.event(REQUEST);
            Recorded.assertOutcome(event, "withdrawn", 0);
            assertThat(event.getDuration("timeInHand")).isZero();
            Files.createFile(gate);
            Requests.result(first);
        }
    }

    @Test
    void oneWhoseCallerIsInterruptedIsWithdrawn() throws Exception {
        try (WorkerPool pool = Requests.poolWorker().start();
                Recorded recorded = Recorded.allRequests()) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> pool.call(Requests.bytes("wait " + gate)))
                    .isInstanceOf(RequestInterruptedException.class);
            assertThat(Thread.interrupted()).isTrue();
            Recorded.assertOutcome(recorded.event(REQUEST), "withdrawn", 0);
            Files.createFile(gate);
        }
    }

    @Test
    void oneWithWhichItsWorkersDieIsRecorded() throws Exception {
        try (WorkerPool pool = Requests.poolWorker().maxAttempts(1).start();
                Recorded recorded = Recorded.allRequests()) {
            Requests.failure(
                    WorkerDiedException.class, Requests.send(pool, "note-die " + directory.resolve("notes")));
            Recorded.assertOutcome(recorded.event(REQUEST), "died", 0);
        }
    }

    @Test
    void oneThatIsTriedAgainHasBeenInHandSinceItsFirstWorkerBeganIt() throws Exception {
        Path heard = directory.resolve("heard");
        try (WorkerPool pool = Requests.poolWorker().executionTimeout(Duration.ofDays(1)).start();
                Recorded recorded = Recorded.allRequests()) {
            CompletableFuture<byte[]> tried = Requests.send(pool, "deaf " + heard);
            Await.until("it has begun", () -> Files.exists(heard));
            long begun = System.nanoTime();
            Requests.signal(Requests.onlyPid(pool), Signal.KILL);
            Await.until("it has begun again", () -> Files.readAllLines(heard).contains("2"));
            long again = System.nanoTime();
            tried.cancel(false);
            RecordedEvent event = recorded.event(REQUEST);
            Recorded.assertOutcome(event, "withdrawn", 0);
            assertThat(event.getDuration("timeInHand")).isGreaterThanOrEqualTo(Duration.ofNanos(again - begun));
            pool.signalAll(Signal.KILL);
        }
    }

    @Test
    void whatAClosedPoolHasNotAnsweredIsUnavailable() throws Exception {
        try (WorkerPool pool =
                        Requests.poolWorker().closeGrace(Duration.ZERO).start();
                Recorded recorded = Recorded.allRequests()) {
            CompletableFuture<byte[]> first = Busy.until(gate, pool);
            pool.close();
            Requests.failure(PoolUnavailableException.class, first);
            Recorded.assertOutcome(recorded.event(REQUEST), "unavailable", 0);
        }
    }

    @Test
    void itIsRecordedBeforeWhatHangsOnItsFutureRuns() throws Exception {
        try (WorkerPool pool = Requests.poolWorker().start();
                Recorded recorded = Recorded.allRequests()) {
            CompletableFuture<Integer> seen = Requests.send(pool, "x").thenApply(reply -> {
                try {
                    return recorded.events(REQUEST).size();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            assertThat(seen.get(30, TimeUnit.SECONDS)).isEqualTo(1);
        }
    }
}
