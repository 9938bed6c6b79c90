package io.github.belfry.benchmarks;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.openjdk.jmh.runner.RunnerException;

/**
 * One fork for several rows: the first that is measured starts it, the others of that round take what it has left. It
 * measures them all.
 */
final class SharedFork {
    private final Fork fork;
    private final Map<String, Histogram> left = new HashMap<>();

    /** Its rows, by name. */
    interface Fork {
        Map<String, Histogram> measure() throws IOException, InterruptedException, RunnerException;
    }

    SharedFork(Fork fork) {
        this.fork = fork;
    }

    Contender row(String name) {
        return () -> take(name);
    }

    private Histogram take(String name) throws IOException, InterruptedException, RunnerException {
        if (!left.containsKey(name)) {
            left.clear();
            left.putAll(fork.measure());
        }
        Histogram row = left.remove(name);
        if (row == null) {
            throw new IOException("the fork has measured nothing for " + name);
        }
        return row;
    }
}
