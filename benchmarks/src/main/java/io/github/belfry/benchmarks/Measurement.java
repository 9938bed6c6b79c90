package io.github.belfry.benchmarks;

import io.github.belfry.benchmarks.Distance.Placed;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.runner.RunnerException;

/** A suite's rows, round by round, each round in the other direction, so that a drift of the machine hits all alike. */
final class Measurement {
    private final Suite suite;
    private final PrintStream progress;
    private final @Nullable Distance distance;
    private final Map<Subject, List<Placed>> forks = new LinkedHashMap<>();
    private final long startedNanos = System.nanoTime();

    private Measurement(Suite suite, PrintStream progress, @Nullable Distance distance) {
        this.suite = suite;
        this.progress = progress;
        this.distance = distance;
        suite.subjects().forEach(subject -> forks.put(subject, new ArrayList<>()));
    }

    /** Blocks for minutes. */
    static Measured run(Suite suite, int rounds, ForkSettings settings, PrintStream progress)
            throws IOException, InterruptedException, RunnerException {
        try (Distance distance = suite.betweenTwo() && settings.cpus().arePinned() ? new Distance(settings) : null) {
            return new Measurement(suite, progress, distance).run(rounds);
        }
    }

    private Measured run(int rounds) throws IOException, InterruptedException, RunnerException {
        List<Subject> order = new ArrayList<>(suite.subjects());
        order.sort(Comparator.comparing(Subject::halts)); // one that halts may move a processor
        for (int round = 1; round <= rounds * suite.forks(); round++) {
            for (Subject subject : order) {
                measure(
                        subject,
                        String.format(Locale.ROOT, "round %d of %d", round, rounds * suite.forks()),
                        () -> place(subject));
            }
            Collections.reverse(order);
        }
        double commonest = Distance.commonest(forks.values());
        if (distance != null) {
            addMissing(commonest, distance);
        }
        progress.printf(Locale.ROOT, "%s took %d s%n", suite.name(), elapsed().toSeconds());
        List<Row> rows = suite.subjects().stream()
                .map(subject -> Row.of(subject, Distance.at(commonest, forks.get(subject))))
                .toList();
        return new Measured(suite.name(), suite.title(), suite.conditions() + conditions(commonest), rows);
    }

    private Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - startedNanos);
    }

    private interface Turn {
        Placed take() throws IOException, InterruptedException, RunnerException;
    }

    private Placed place(Subject subject) throws IOException, InterruptedException, RunnerException {
        Contender contender = subject.contender();
        if (distance == null) {
            return Placed.anywhere(contender.measure());
        }
        if (subject.halts()) {
            return distance.measureHalting(contender);
        }
        distance.reach(Distance.commonest(forks.values()));
        return distance.measure(contender);
    }

    private void measure(Subject subject, String when, Turn turn)
            throws IOException, InterruptedException, RunnerException {
        progress.printf(Locale.ROOT, "%s, %s: %s, %s", suite.name(), when, subject.group(), subject.title());
        progress.flush();
        String found = "failed";
        try {
            Placed measured = turn.take();
            forks.get(subject).add(measured);
            Unit unit = subject.unit();
            found = Tables.format("%.2f %s", unit.of(measured.fork().getValueAtPercentile(50)), unit.symbol());
        } finally {
            progress.println(": " + found);
        }
    }

    /** Rows without a fork at that distance get one if the host lets them, in half of the time so far. */
    private void addMissing(double commonest, Distance where)
            throws IOException, InterruptedException, RunnerException {
        Duration until = elapsed().multipliedBy(3).dividedBy(2);
        for (boolean reached = true; reached; ) {
            List<Subject> missing = suite.subjects().stream()
                    .filter(subject -> !Distance.has(forks.get(subject), commonest))
                    .toList();
            reached = false;
            for (Subject subject : missing) {
                if (elapsed().compareTo(until) < 0 && where.reach(commonest)) {
                    measure(subject, "once more", () -> where.measure(subject.contender()));
                    reached = true;
                }
            }
        }
    }

    private String conditions(double commonest) {
        if (distance == null) {
            return "";
        }
        List<Placed> placed = forks.values().stream()
                .flatMap(List::stream)
                .filter(fork -> fork.nanos() >= 0)
                .toList();
        long there = placed.stream().filter(fork -> fork.isAt(commonest)).count();
        List<String> elsewhere = suite.subjects().stream()
                .filter(subject -> !Distance.has(forks.get(subject), commonest))
                .map(Subject::id)
                .toList();
        return Tables.format(
                " Where both sides spin, programs of idle priority keep the processors from halting, and before and"
                        + " after each fork a cache line is sent to the other one and back: %.0f ns in the %d of %d forks"
                        + " that are compared.%s",
                commonest,
                there,
                placed.size(),
                elsewhere.isEmpty()
                        ? ""
                        : " Without one, and not to be compared: " + String.join(", ", elsewhere) + ".");
    }
}
