package io.github.belfry.benchmarks;

import java.nio.file.Path;
import org.HdrHistogram.Histogram;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.runner.IterationType;

/**
 * What a benchmark has timed itself. JMH times whole invocations, but one message's way to the worker, and a start
 * without the wait for the end, are parts of one.
 */
@State(Scope.Thread)
public class Recorder {
    private final Histogram latencies = Latencies.empty();

    void record(long nanos) {
        latencies.recordValue(nanos);
    }

    /** What warm-up recorded is forgotten. */
    @TearDown(Level.Iteration)
    public void forgetWarmUp(IterationParams iteration) {
        if (iteration.getType() == IterationType.WARMUP) {
            latencies.reset();
        }
    }

    /** Leaves it to the process that started this fork. */
    @TearDown(Level.Trial)
    public void write() {
        Path file = ForkSettings.ofThisFork().latencies();
        if (file != null) {
            Latencies.write(latencies, file);
        }
    }
}
