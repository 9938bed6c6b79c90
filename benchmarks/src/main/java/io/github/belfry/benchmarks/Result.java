package io.github.belfry.benchmarks;

import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/** What all forks of a subject recorded. */
final class Result {
    private static final double NANOS_PER_MICRO = 1000;

    private final List<Histogram> forks = new ArrayList<>();

    void add(Histogram fork) {
        forks.add(fork);
    }

    /** The median, over the forks, of each one's percentile, in microseconds. */
    double percentile(double percent) {
        double[] sorted = sorted(percent);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /** Of the forks' percentiles, in microseconds. */
    double lowest(double percent) {
        return sorted(percent)[0];
    }

    /** Of the forks' percentiles, in microseconds. */
    double highest(double percent) {
        double[] sorted = sorted(percent);
        return sorted[sorted.length - 1];
    }

    private double[] sorted(double percent) {
        return forks.stream()
                .mapToDouble(fork -> fork.getValueAtPercentile(percent) / NANOS_PER_MICRO)
                .sorted()
                .toArray();
    }
}
