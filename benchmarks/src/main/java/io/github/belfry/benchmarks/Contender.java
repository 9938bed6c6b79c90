package io.github.belfry.benchmarks;

import java.io.IOException;
import org.HdrHistogram.Histogram;
import org.openjdk.jmh.runner.RunnerException;

/** One side of a comparison. */
interface Contender {
    /** One fork, or one run of a C program; blocks until it is over. */
    Histogram measure() throws IOException, InterruptedException, RunnerException;
}
