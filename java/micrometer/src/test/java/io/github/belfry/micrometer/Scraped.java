package io.github.belfry.micrometer;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/** A registry of Prometheus, and what a scrape of it says. */
final class Scraped {
    private static final long LIMIT_NANOS = 30_000_000_000L;

    final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    String text() {
        return registry.scrape();
    }

    /** The value of a line, for example {@code x_total{pool="p"}}. */
    double value(String series) {
        return text().lines()
                .filter(line -> line.startsWith(series + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + series + " in\n" + text()));
    }

    static void await(Callable<Boolean> condition, Callable<String> what) throws Exception {
        long start = System.nanoTime();
        while (!condition.call()) {
            if (System.nanoTime() - start > LIMIT_NANOS) {
                throw new AssertionError("not within 30 s: " + what.call());
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    void await(String series, double value) throws Exception {
        await(() -> value(series) == value, () -> series + " " + value + " in\n" + text());
    }
}
