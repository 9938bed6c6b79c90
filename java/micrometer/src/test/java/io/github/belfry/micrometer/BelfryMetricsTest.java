package io.github.belfry.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.belfry.RequestTimeoutException;
import io.github.belfry.Signal;
import io.github.belfry.WorkerDiedException;
import io.github.belfry.WorkerFaultException;
import io.github.belfry.WorkerPool;
import io.micrometer.core.instrument.Tags;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What Prometheus gets to see of a pool whose worker does, and dies, as its requests say (c/tests/crash.c). */
class BelfryMetricsTest {
    private static final String PREFIX = "belfry_pool_";

    private final Scraped scraped = new Scraped();

    private static WorkerPool.Builder crash() {
        return WorkerPool.command(System.getProperty("native.build") + "/tests/crash")
                .name("orders")
                .workers(1)
                .maxAttempts(1);
    }

    private static byte[] bytes(String request) {
        return request.getBytes(StandardCharsets.UTF_8);
    }

    private static String tagged(String name, String tag, String value) {
        // Prometheus sorts them
        return tag.compareTo("pool") < 0
                ? PREFIX + name + "{" + tag + "=\"" + value + "\",pool=\"orders\"}"
                : PREFIX + name + "{pool=\"orders\"," + tag + "=\"" + value + "\"}";
    }

    private static String workers(String state) {
        return tagged("workers", "state", state);
    }

    private static String requests(String outcome) {
        return tagged("requests_total", "outcome", outcome);
    }

    private static String deaths(String signal) {
        return tagged("deaths_total", "signal", signal);
    }

    private static String plain(String name) {
        return PREFIX + name + "{pool=\"orders\"}";
    }

    @Test
    void aScrapeShowsWhatBecameOfRequestsAndWorkers() throws Exception {
        try (WorkerPool pool = crash().start()) {
            new BelfryMetrics(pool).bindTo(scraped.registry);
            assertThat(scraped.value(deaths("SEGV"))).isZero();
            for (int i = 0; i < 5; i++) {
                pool.call(bytes("x"));
            }
            assertThatThrownBy(() -> pool.call(bytes("fault 7 no"))).isInstanceOf(WorkerFaultException.class);
            assertThatThrownBy(() -> pool.call(bytes("signal SEGV"))).isInstanceOf(WorkerDiedException.class);
            pool.call(bytes("x"));
            assertThat(scraped.value(requests("answered"))).isEqualTo(6);
            assertThat(scraped.value(requests("fault"))).isEqualTo(1);
            assertThat(scraped.value(requests("died"))).isEqualTo(1);
            assertThat(scraped.value(requests("timeout"))).isZero();
            assertThat(scraped.value(requests("unavailable"))).isZero();
            assertThat(scraped.value(deaths("SEGV"))).isEqualTo(1);
            assertThat(scraped.value(deaths("none"))).isZero();
            scraped.await(plain("restarts_total"), 1);
            scraped.await(workers("idle"), 1);
            assertThat(scraped.value(plain("use_seconds_count"))).isEqualTo(7);
            assertThat(scraped.value(plain("use_seconds_sum"))).isPositive();
        }
    }

    @Test
    void eachEndOfAWorkerCountsUnderItsSignal() throws Exception {
        try (WorkerPool pool = crash().start()) {
            new BelfryMetrics(pool).bindTo(scraped.registry);
            for (String death : List.of("signal KILL", "signal USR2", "exit 3")) {
                assertThatThrownBy(() -> pool.call(bytes(death))).isInstanceOf(WorkerDiedException.class);
            }
            pool.restartWorkers();
            scraped.await(plain("restarts_total"), 4);
            assertThat(scraped.value(deaths("KILL"))).isEqualTo(1);
            assertThat(scraped.value(deaths("other"))).isEqualTo(1);
            assertThat(scraped.value(deaths("none"))).isEqualTo(1);
            assertThat(scraped.value(deaths("SEGV"))).isZero();
            assertThat(pool.stats().total().deaths()).isEqualTo(3);
        }
    }

    /** Until {@link Signal#CONT} the worker begins nothing. */
    private static void stopWorker(WorkerPool pool) throws Exception {
        Path stat = Path.of("/proc/" + pool.pids().get(0) + "/stat");
        pool.signalAll(Signal.STOP);
        Scraped.await(() -> Files.readString(stat).contains(") T "), () -> Files.readString(stat));
    }

    @Test
    void whatWaitsIsSeenInRingsInTheQueueAndInTheTimer() throws Exception {
        try (WorkerPool pool = crash().inFlightPerWorker(2).start()) {
            new BelfryMetrics(pool).bindTo(scraped.registry);
            stopWorker(pool);
            List<CompletableFuture<byte[]>> futures = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                futures.add(pool.submit(bytes("x")));
            }
            assertThat(scraped.value(workers("busy"))).isEqualTo(1);
            assertThat(scraped.value(workers("idle"))).isZero();
            assertThat(scraped.value(plain("inflight"))).isEqualTo(2);
            assertThat(scraped.value(plain("queued"))).isEqualTo(8);
            Scraped.await(() -> scraped.value(plain("wait_seconds_sum")) > 0, scraped::text);
            pool.signalAll(Signal.CONT);
            for (CompletableFuture<byte[]> future : futures) {
                future.get();
            }
            assertThat(scraped.value(plain("wait_seconds_count"))).isEqualTo(10);
            assertThat(scraped.value(plain("queued"))).isZero();
            scraped.await(plain("inflight"), 0);
            scraped.await(workers("idle"), 1);
        }
    }

    @Test
    void lateAndCancelledRequestsHaveOutcomesOfTheirOwn() throws Exception {
        try (WorkerPool pool = crash().start()) {
            new BelfryMetrics(pool).bindTo(scraped.registry);
            stopWorker(pool);
            CompletableFuture<byte[]> first = pool.submit(bytes("x"));
            CompletableFuture<byte[]> second = pool.submit(bytes("x"));
            assertThatThrownBy(() -> pool.withTimeout(Duration.ofMillis(1)).call(bytes("x")))
                    .isInstanceOf(RequestTimeoutException.class);
            second.cancel(false);
            pool.signalAll(Signal.CONT);
            first.get();
            pool.call(bytes("x"));
            scraped.await(requests("withdrawn"), 2);
            assertThat(scraped.value(requests("timeout"))).isEqualTo(1);
            assertThat(scraped.value(requests("answered"))).isEqualTo(2);
        }
    }

    @Test
    void afterTheEndGaugesAreZeroAndCountersStay() throws Exception {
        WorkerPool pool = crash().start();
        new BelfryMetrics(pool).bindTo(scraped.registry);
        pool.call(bytes("x"));
        pool.close();
        for (String state : List.of("idle", "busy", "starting", "ending", "down")) {
            assertThat(scraped.value(workers(state))).isZero();
        }
        assertThat(scraped.value(plain("inflight"))).isZero();
        assertThat(scraped.value(plain("queued"))).isZero();
        assertThat(scraped.value(requests("answered"))).isEqualTo(1);
        assertThat(scraped.value(deaths("none"))).isZero();
    }

    /** A weak reference to a pool that has ended and whose metrics are kept. */
    private WeakReference<WorkerPool> ended(List<BelfryMetrics> kept) throws Exception {
        try (WorkerPool pool = crash().start()) {
            BelfryMetrics metrics = new BelfryMetrics(pool);
            metrics.bindTo(scraped.registry);
            kept.add(metrics);
            pool.call(bytes("x"));
            assertThat(scraped.value(requests("answered"))).isEqualTo(1);
            return new WeakReference<>(pool);
        }
    }

    @Test
    void metricsKeepNoPoolThatHasEnded() throws Exception {
        List<BelfryMetrics> kept = new ArrayList<>();
        WeakReference<WorkerPool> pool = ended(kept);
        Scraped.await(
                () -> {
                    System.gc();
                    return pool.get() == null;
                },
                () -> "the pool is garbage");
        assertThat(scraped.value(workers("idle"))).isNaN();
        assertThat(scraped.value(requests("answered"))).isEqualTo(1);
        kept.get(0).bindTo(new Scraped().registry); // does nothing
    }

    @Test
    void closeRemovesTheMetersFromEachRegistry() throws Exception {
        Scraped other = new Scraped();
        try (WorkerPool pool = crash().start()) {
            try (BelfryMetrics metrics = new BelfryMetrics(pool, Tags.of("site", "b"))) {
                metrics.bindTo(scraped.registry);
                metrics.bindTo(other.registry);
                assertThat(other.text()).contains("belfry_pool_queued{pool=\"orders\",site=\"b\"} 0.0");
            }
            assertThat(scraped.text() + other.text()).doesNotContain("belfry");
            pool.call(bytes("x"));
        }
    }
}
