package io.github.belfry.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.openjdk.jmh.runner.RunnerException;

/** A suite's rows, round by round, each round in the other direction, so that a drift of the machine hits all alike. */
final class Measurement {
    private Measurement() {}

    /** Blocks for minutes. */
    static Measured run(Suite suite, int rounds, PrintStream progress)
            throws IOException, InterruptedException, RunnerException {
        long startedNanos = System.nanoTime();
        Map<Subject, List<Histogram>> forks = new LinkedHashMap<>();
        List<Subject> order = new ArrayList<>(suite.subjects());
        order.forEach(subject -> forks.put(subject, new ArrayList<>()));
        for (int round = 1; round <= rounds; round++) {
            for (Subject subject : order) {
                progress.printf(
                        Locale.ROOT,
                        "%s, round %d of %d: %s, %s",
                        suite.name(),
                        round,
                        rounds,
                        subject.group(),
                        subject.title());
                progress.flush();
                Histogram fork = subject.contender().measure();
                forks.get(subject).add(fork);
                progress.printf(
                        Locale.ROOT,
                        ": %.2f %s%n",
                        subject.unit().of(fork.getValueAtPercentile(50)),
                        subject.unit().symbol());
            }
            Collections.reverse(order);
        }
        progress.printf(
                "%s took %d s%n",
                suite.name(), Duration.ofNanos(System.nanoTime() - startedNanos).toSeconds());
        List<Row> rows = suite.subjects().stream()
                .map(subject -> Row.of(subject, forks.get(subject)))
                .toList();
        return new Measured(suite.name(), suite.title(), suite.conditions(), rows);
    }
}
