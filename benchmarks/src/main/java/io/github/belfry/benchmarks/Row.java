package io.github.belfry.benchmarks;

import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** A {@link Subject} with what its forks recorded, in the order of the rounds. */
record Row(
        String id,
        String group,
        String title,
        Side side,
        Unit unit,
        List<Target> targets,
        @Nullable Point point,
        List<Fork> forks) {
    /**
     * The figures are for readers of the file; all that is computed is computed from the histogram.
     *
     * @param hdr in what the unit is recorded in
     */
    record Fork(double p50, double p90, double p99, double p999, double max, Histogram hdr) {
        Fork {
            Objects.requireNonNull(hdr, "hdr");
        }
    }

    Row {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(group, "group");
        Objects.requireNonNull(title, "title");
        Objects.requireNonNull(side, "side");
        Objects.requireNonNull(unit, "unit");
        targets = List.copyOf(targets);
        forks = List.copyOf(forks);
        if (forks.isEmpty()) {
            throw new IllegalArgumentException("row " + id + " has no forks");
        }
    }

    static Row of(Subject subject, List<Histogram> forks) {
        return new Row(
                subject.id(),
                subject.group(),
                subject.title(),
                subject.side(),
                subject.unit(),
                subject.targets(),
                subject.point(),
                forks.stream().map(fork -> figures(subject.unit(), fork)).toList());
    }

    private static Fork figures(Unit unit, Histogram fork) {
        return new Fork(
                unit.of(fork.getValueAtPercentile(50)),
                unit.of(fork.getValueAtPercentile(90)),
                unit.of(fork.getValueAtPercentile(99)),
                unit.of(fork.getValueAtPercentile(99.9)),
                unit.of(fork.getMaxValue()),
                fork);
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
        return sorted(percent)[forks.size() - 1];
    }

    /** Never outside of what {@link #ratios} gives. */
    double ratio(Row other, double percent) {
        return percentile(percent) / other.percentile(percent);
    }

    /** Of the forks of each round, the lowest first. */
    double[] ratios(Row other, double percent) {
        return IntStream.range(0, Math.min(forks.size(), other.forks.size()))
                .mapToDouble(round -> at(round, percent) / other.at(round, percent))
                .sorted()
                .toArray();
    }

    /** What the fork with the fewest values has. */
    long count() {
        return forks.stream()
                .mapToLong(fork -> fork.hdr().getTotalCount())
                .min()
                .orElseThrow();
    }

    private double at(int round, double percent) {
        return unit.of(forks.get(round).hdr().getValueAtPercentile(percent));
    }

    private double[] sorted(double percent) {
        return IntStream.range(0, forks.size())
                .mapToDouble(round -> at(round, percent))
                .sorted()
                .toArray();
    }
}
