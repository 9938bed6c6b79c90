package io.github.belfry.benchmarks;

import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.runner.IterationType;

/** What a benchmark that does several things in one invocation has measured of each, for a {@link SharedFork}. */
@State(Scope.Thread)
public class Rows {
    private final Map<String, Histogram> rows = new TreeMap<>();

    /** In what the row's {@link Unit} is recorded in. */
    void record(String row, long value) {
        rows.computeIfAbsent(row, name -> Latencies.empty()).recordValue(value);
    }

    /** What warm-up recorded is forgotten. */
    @TearDown(Level.Iteration)
    public void forgetWarmUp(IterationParams iteration) {
        if (iteration.getType() == IterationType.WARMUP) {
            rows.clear();
        }
    }

    /** Leaves it to the process that started this fork. */
    @TearDown(Level.Trial)
    public void write() {
        Path file = ForkSettings.ofThisFork().latencies();
        if (file != null) {
            Latencies.writeAll(rows, file);
        }
    }
}
