package io.github.belfry.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** Reports without a run. */
final class Samples {
    static final Effort EFFORT = new Effort(3, 100);

    private Samples() {}

    /** A fork for each of the medians, in nanoseconds. */
    static Row row(String id, Side side, List<Target> targets, long... medians) {
        return new Row(id, "64 B", "the " + id, side, Unit.MICROSECONDS, targets, null, forks(medians));
    }

    static Row ours(String id, long... medians) {
        return row(id, Side.OURS, List.of(), medians);
    }

    private static List<Row.Fork> forks(long... medians) {
        List<Row.Fork> forks = new ArrayList<>();
        for (long median : medians) {
            Histogram fork = Latencies.empty();
            fork.recordValueWithCount(median, 1000);
            forks.add(new Row.Fork(median / 1e3, median / 1e3, median / 1e3, median / 1e3, median / 1e3, fork));
        }
        return forks;
    }

    static Row at(Point point, String id, long median) {
        Row row = ours(id, median);
        return new Row(id, id, row.title(), row.side(), row.unit(), List.of(), point, row.forks());
    }

    static Report report(Row... rows) {
        return report(Map.of("Kernel", "Linux 6"), EFFORT, rows);
    }

    static Report report(Map<String, String> machine, Effort effort, Row... rows) {
        Measured suite = new Measured("start", "Start", "Starts a `<program>`.", List.of(rows));
        return new Report("1", "java -jar", machine, effort, new Cpus(0, 1), List.of(suite));
    }
}
