package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.belfry.Inside;
import io.github.belfry.RequestTimeoutException;
import io.github.belfry.Signal;
import io.github.belfry.WorkerDiedException;
import io.github.belfry.WorkerFaultException;
import io.github.belfry.WorkerPool;
import io.github.belfry.support.Await;
import io.github.belfry.support.Recorded;
import io.github.belfry.support.Requests;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import jdk.jfr.EventType;
import jdk.jfr.FlightRecorder;
import jdk.jfr.SettingDescriptor;
import jdk.jfr.consumer.RecordedEvent;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The event {@code belfry.Request}. */
class JfrRequestTest {
    private static final String REQUEST = "belfry.Request";
    private static final int TYPE = 7;
    private static final Duration WHILE = Duration.ofMillis(50);

    @TempDir
    private Path directory;

    private Path gate;

    @BeforeEach
    void name() {
        gate = directory.resolve("gate");
    }

    /** How a caller waits for its reply. */
    private enum Way {
        CALL {
            @Override
            byte[] ask(WorkerPool pool, String request) {
                return pool.call(TYPE, Requests.bytes(request));
            }
        },
        SUBMIT {
            @Override
            byte[] ask(WorkerPool pool, String request) throws Exception {
                return pool.submit(TYPE, Requests.bytes(request)).get(30, TimeUnit.SECONDS);
            }
        };

        abstract byte[] ask(WorkerPool pool, String request) throws Exception;
    }

    @ParameterizedTest
    @EnumSource
    void aSlowRequestIsRecordedByDefault(Way way) throws Exception {
        try (WorkerPool pool = Requests.poolWorker().name("slow").start();
                Recorded recorded = Recorded.byDefault()) {
            way.ask(pool, "sleep 50");
            RecordedEvent event = recorded.event(REQUEST);
            Recorded.assertOutcome(event, "answered", 0);
            assertThat(event.getString("pool")).isEqualTo("slow");
            assertThat(event.getInt("type")).isEqualTo(TYPE);
            assertThat(event.getInt("size")).isEqualTo("sleep 50".length());
            assertThat(event.getDuration("timeInHand")).isGreaterThanOrEqualTo(WHILE);
            assertThat(event.getDuration()).isGreaterThanOrEqualTo(WHILE);
            assertThat(event.getEventType().getCategoryNames()).containsExactly("Belfry");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aRequestBelowTheThresholdIsNot(Way way) throws Exception {
        try (WorkerPool pool = Requests.poolWorker().start();
                Recorded recorded = Recorded.requestsFrom(Duration.ofMinutes(5))) {
            way.ask(pool, "x");
            assertThat(recorded.events(REQUEST)).isEmpty();
        }
    }

    @Test
    void theThresholdIsTwentyMilliseconds() throws Exception {
        try (WorkerPool pool = Requests.poolWorker().start();
                Recorded recorded = Recorded.byDefault()) {
            Requests.ask(pool, "x");
            recorded.events(REQUEST);
            assertThat(FlightRecorder.getFlightRecorder().getEventTypes())
                    .filteredOn(EventType::getName, REQUEST)
                    .flatExtracting(EventType::getSettingDescriptors)
                    .filteredOn(SettingDescriptor::getName, "threshold")
                    .extracting(SettingDescriptor::getDefaultValue)
                    .containsExactly("20 ms");
        }
    }

    /** Callers poll for so long that they find each reply themselves. */
    private static WorkerPool polled() throws Exception {
        return Requests.poolWorker().spin(Duration.ofSeconds(30)).start();
    }

    @Test
    void aCallThatPollsForItsReplyIsRecorded() throws Exception {
        try (WorkerPool pool = polled();
                Recorded recorded = Recorded.allRequests()) {
            for (int i = 0; i < 3; i++) {
                Way.CALL.ask(pool, "x".repeat(i));
            }
            List<RecordedEvent> events = recorded.events(REQUEST);
            assertThat(events).extracting(event -> event.getInt("size")).containsExactly(0, 1, 2);
            events.forEach(event -> Recorded.assertOutcome(event, "answered", 0));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aFaultIsRecorded(Way way) throws Exception {
        try (WorkerPool pool = polled();
                Recorded recorded = Recorded.allRequests()) {
            assertThatThrownBy(() -> way.ask(pool, "poison without arguments"))
                    .satisfiesAnyOf(
                            e -> assertThat(e).isInstanceOf(WorkerFaultException.class),
                            e -> assertThat(e).hasCauseInstanceOf(WorkerFaultException.class));
            Recorded.assertOutcome(recorded.event(REQUEST), "fault", 0);
        }
    }

    @Test
    void anAnswerWhoseReadThrowsIsAnAnswer() throws Exception {
        Consumer<Object> nothing = body -> {};
        try (WorkerPool pool = polled();
                Recorded recorded = Recorded.allRequests()) {
            assertThatThrownBy(() -> pool.call(0, 1, nothing, reply -> {
                        throw new ArithmeticException();
                    }))
                    .isInstanceOf(ArithmeticException.class);
            Requests.failure(ArithmeticException.class, pool.submit(0, 1, nothing, reply -> {
                throw new ArithmeticException();
            }));
            List<RecordedEvent> events = recorded.events(REQUEST);
            assertThat(events).hasSize(2);
            events.forEach(event -> Recorded.assertOutcome(event, "answered", 0));
        }
    }

    @ParameterizedTest
    @MethodSource("io.github.belfry.support.Requests#inRingAndInBacklog")
    void aRequestBehindALongOneWaits(int inFlight) throws Exception {
        try (WorkerPool pool =
                        Requests.poolWorker().inFlightPerWorker(inFlight).start();
                Recorded recorded = Recorded.allRequests()) {
            CompletableFuture<byte[]> first = Busy.until(gate, pool);
            CompletableFuture<byte[]> second = Requests.send(pool, "sleep 20");
            long given = System.nanoTime();
            Await.until("it has waited for a while", () -> System.nanoTime() - given > WHILE.toNanos());
            Files.createFile(gate);
            Requests.result(first);
            Requests.result(second);
            RecordedEvent event = recorded.events(REQUEST).get(1);
            Recorded.assertOutcome(event, "answered", 0);
            assertThat(event.getDuration("wait")).isGreaterThanOrEqualTo(WHILE);
            assertThat(event.getDuration("timeInHand")).isPositive(); // since the master saw the reply before
        }
    }

    @Test
    void theWorkerIsTheOneThatHasAnswered() throws Exception {
        try (WorkerPool pool = Requests.poolWorker()
                        .workers(2)
                        .inFlightPerWorker(Requests.IN_RING)
                        .start();
                Recorded recorded = Recorded.allRequests()) {
            Slot other = Inside.of(pool).slots().get(1);
            Await.until("the other slot is kept free", other::tryReserve);
            CompletableFuture<byte[]> first = Busy.until(gate, pool);
            List<CompletableFuture<byte[]>> behind = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                behind.add(pool.submit(i, Requests.bytes("name " + directory.resolve("names") + " x")));
            }
            other.unreserve();
            Map<Integer, Integer> workers = new HashMap<>();
            for (int i = 0; i < behind.size(); i++) {
                long pid = Long.parseLong(Requests.result(behind.get(i)));
                workers.put(i, pool.pids().indexOf(pid));
            }
            assertThat(workers).containsValue(1);
            for (RecordedEvent event : recorded.events(REQUEST)) {
                Recorded.assertOutcome(event, "answered", workers.get(event.getInt("type")));
            }
            Files.createFile(gate);
            Requests.result(first);
        }
    }

    @ParameterizedTest
    @MethodSource("io.github.belfry.support.Requests#inRingAndInBacklog")
    void oneThatTimesOutBeforeItBeginsHasOnlyWaited(int inFlight) throws Exception {
        try (WorkerPool pool =
                        Requests.poolWorker().inFlightPerWorker(inFlight).start();
                Recorded recorded = Recorded.allRequests()) {
            CompletableFuture<byte[]> first = Busy.until(gate, pool);
            Requests.failure(
                    RequestTimeoutException.class,
                    pool.withTimeout(WHILE).submit(Requests.bytes("x")));
            RecordedEvent event = recorded.event(REQUEST);
            Recorded.assertOutcome(event, "timeout", inFlight == 1 ? -1 : 0);
            assertThat(event.getDuration("wait")).isGreaterThanOrEqualTo(WHILE);
            assertThat(event.getDuration("timeInHand")).isZero();
            Files.createFile(gate);
            Requests.result(first);
        }
    }

    @Test
    void oneThatAStoppedWorkerNeverBeganHasOnlyWaited() throws Exception {
        try (WorkerPool pool = Requests.poolWorker().start();
                Recorded recorded = Recorded.allRequests()) {
            long pid = Requests.onlyPid(pool);
            Requests.stop(pid);
            Requests.failure(
                    RequestTimeoutException.class, pool.withTimeout(WHILE).submit(Requests.bytes("x")));
            RecordedEvent event = recorded.event(REQUEST);
            Recorded.assertOutcome(event, "timeout", 0);
            assertThat(event.getDuration("timeInHand")).isZero();
            Requests.signal(pid, Signal.CONT);
        }
    }

    @Test
    void oneBehindADeathWaitsForTheNextWorker() throws Exception {
        String slowAfterTheFirst = "test -e $0 && sleep 0.2; touch $0; exec \"$1\"";
        try (WorkerPool pool = Requests.script(slowAfterTheFirst, directory.resolve("started"))
                        .workers(1)
                        .maxAttempts(1)
                        .inFlightPerWorker(Requests.IN_RING)
                        .start();
                Recorded recorded = Recorded.allRequests()) {
            CompletableFuture<byte[]> first = Busy.until(gate, pool);
            Path secondGate = directory.resolve("second gate");
            CompletableFuture<byte[]> second = Requests.send(pool, "wait " + secondGate);
            Requests.signal(Requests.onlyPid(pool), Signal.KILL);
            Requests.failure(WorkerDiedException.class, first);
            Await.until("the next worker is ready", Inside.of(pool).slots().get(0)::isServing);
            Files.createFile(secondGate);
            Requests.result(second);
            RecordedEvent event = recorded.events(REQUEST).get(1);
            Recorded.assertOutcome(event, "answered", 0);
            assertThat(event.getDuration("wait")).isGreaterThanOrEqualTo(Duration.ofMillis(200));
        }
    }
}
