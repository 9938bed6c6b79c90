package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.github.belfry.Signal;
import io.github.belfry.WorkerDiedException;
import io.github.belfry.WorkerPool;
import io.github.belfry.support.Await;
import io.github.belfry.support.Recorded;
import io.github.belfry.support.Requests;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import jdk.jfr.consumer.RecordedEvent;
import org.junit.jupiter.api.Test;

/** The events of JDK Flight Recorder that tell of workers, the breaker and the safety net. */
class JfrPoolTest {
    private static void assertWorker(RecordedEvent event, String pool, int worker, long pid, long incarnation) {
        assertThat(event.getString("pool")).isEqualTo(pool);
        assertThat(event.getInt("worker")).isEqualTo(worker);
        assertThat(event.getLong("pid")).isEqualTo(pid);
        assertThat(event.getLong("incarnation")).isEqualTo(incarnation);
    }

    @Test
    void aStartIsRecordedUntilTheWorkerIsReady() throws Exception {
        try (Recorded recorded = Recorded.byDefault();
                WorkerPool pool = Requests.script("sleep 0.1; exec \"$1\"", "")
                        .workers(2)
                        .name("started")
                        .start()) {
            List<RecordedEvent> events = recorded.events("belfry.WorkerStart");
            assertThat(events).hasSize(2);
            for (RecordedEvent event : events) {
                int worker = event.getInt("worker");
                assertWorker(event, "started", worker, pool.pids().get(worker), 1);
                assertThat(event.getDuration()).isGreaterThanOrEqualTo(Duration.ofMillis(100));
            }
        }
    }

    @Test
    void anEndIsRecordedAndTheNextStart() throws Exception {
        try (Recorded recorded = Recorded.byDefault();
                WorkerPool pool = Requests.poolWorker().name("ended").start()) {
            long pid = Requests.onlyPid(pool);
            Requests.ask(pool, "x");
            Requests.ask(pool, "x");
            Requests.signal(pid, Signal.KILL);
            Await.until("its death is counted", () -> pool.stats().total().deaths() == 1);
            Requests.ask(pool, "x");
            RecordedEvent end = recorded.event("belfry.WorkerEnd");
            assertWorker(end, "ended", 0, pid, 1);
            assertThat(end.getString("exit")).isEqualTo("SIGKILL");
            assertThat(end.getLong("answered")).isEqualTo(2);
            List<RecordedEvent> starts = recorded.events("belfry.WorkerStart");
            assertThat(starts).hasSize(2);
            assertWorker(starts.get(1), "ended", 0, Requests.onlyPid(pool), 2);
        }
    }

    @Test
    void theLastEndIsRecordedBeforeCloseReturns() throws Exception {
        try (Recorded recorded = Recorded.byDefault()) {
            Requests.poolWorker().name("closed").start().close();
            RecordedEvent end = recorded.event("belfry.WorkerEnd");
            assertThat(end.getString("pool")).isEqualTo("closed");
            assertThat(end.getString("exit")).isEqualTo("exit status 0");
        }
    }

    @Test
    void theBreakerIsRecordedWhenItOpensAndCloses() throws Exception {
        try (Recorded recorded = Recorded.byDefault();
                WorkerPool pool = Requests.crash()
                        .name("broken")
                        .maxAttempts(10)
                        .breaker(3, Duration.ofMillis(100))
                        .start()) {
            Requests.failure(WorkerDiedException.class, Requests.send(pool, "exit 1"));
            Await.until("a trial worker closes it", () -> recorded.events("belfry.Breaker").size() == 2);
            List<RecordedEvent> events = recorded.events("belfry.Breaker");
            assertThat(events)
                    .extracting(event -> event.getString("pool"), event -> event.getBoolean("open"))
                    .containsExactly(tuple("broken", true), tuple("broken", false));
            assertThat(events.get(0).getString("why")).startsWith("every worker has died 3 times in a row");
            assertThat(events.get(1).getString("why")).isEqualTo("worker is ready");
        }
    }

    /** By a worker that publishes a reply and never rings, while another one keeps the pool's thread busy. */
    @Test
    void whatTheSafetyNetFindsIsRecorded() throws Exception {
        try (Recorded recorded = Recorded.byDefault();
                WorkerPool pool = Requests.hostile()
                        .name("silent")
                        .workers(2)
                        .inFlightPerWorker(Requests.IN_RING)
                        .closeGrace(Duration.ZERO)
                        .start()) {
            CompletableFuture<byte[]> silent = Requests.send(pool, "silent");
            Await.until("it is read", () -> {
                Requests.send(pool, "x"); // for the other worker, which has less to do
                return silent.isDone();
            });
            RecordedEvent event = recorded.event("belfry.Rescue");
            assertThat(event.getString("pool")).isEqualTo("silent");
            assertThat(event.getInt("worker")).isBetween(0, 1);
        }
    }
}
