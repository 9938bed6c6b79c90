package io.github.belfry.benchmarks;

import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/** What all forks of a row recorded. */
final class Result {
    private final Unit unit;
    private final List<Histogram> forks = new ArrayList<>();

    Result(Unit unit) {
        this.unit = unit;
    }

    void add(Histogram fork) {
        forks.add(fork);
    }

    List<Histogram> forks() {
        return List.copyOf(forks);
    }

    /** The median, over the forks, of each one's percentile. */
    double percentile(double percent) {
        double[] sorted = sorted(percent);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /** Of the forks' percentiles. */
    double lowest(double percent) {
        return sorted(percent)[0];
    }

    /** Of the forks' percentiles. */
    double highest(double percent) {
        double[] sorted = sorted(percent);
        return sorted[sorted.length - 1];
    }

    private double[] sorted(double percent) {
        return forks.stream()
                .mapToDouble(fork -> unit.of(fork.getValueAtPercentile(percent)))
                .sorted()
                .toArray();
    }
}
