package io.github.belfry.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.HdrHistogram.Histogram;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * A JMH benchmark, one fork at a time, so that the C program can have its turn between two of them.
 *
 * @param benchmark the class
 * @param method its method
 * @param parameters the values of its fields with {@code @Param}
 * @param warmUp how often it is called before anything is measured
 * @param measured how often it is called after that
 * @param vmOptions of the fork, besides what the settings need
 * @param log where JMH's own output goes
 */
record JmhFork(
        Class<?> benchmark,
        String method,
        Map<String, String> parameters,
        int warmUp,
        int measured,
        ForkSettings settings,
        List<String> vmOptions,
        PrintStream log)
        implements Contender {

    @Override
    public Histogram measure() throws IOException, RunnerException {
        return measure(Latencies::read);
    }

    /** How to read what the fork has left. */
    interface Reading<T> {
        T of(Path latencies) throws IOException;
    }

    <T> T measure(Reading<T> reading) throws IOException, RunnerException {
        Path latencies = Files.createTempFile("belfry-benchmark", ".hdr");
        latencies.toFile().deleteOnExit(); // Ctrl+C comes to no finally
        try {
            new Runner(options(latencies), OutputFormatFactory.createFormatInstance(log, VerboseMode.NORMAL)).run();
            return reading.of(latencies);
        } finally {
            Files.delete(latencies);
        }
    }

    private Options options(Path latencies) {
        List<String> arguments = new ArrayList<>(settings.writingTo(latencies).asJvmArguments());
        arguments.addAll(vmOptions);
        ChainedOptionsBuilder options = new OptionsBuilder();
        parameters.forEach(options::param);
        return options.include("^" + Pattern.quote(benchmark.getName() + "." + method) + "$")
                .mode(Mode.SingleShotTime)
                .forks(1)
                .warmupIterations(warmUp == 0 ? 0 : Effort.WARM_UP_ITERATIONS)
                .warmupBatchSize(Math.max(1, warmUp / Effort.WARM_UP_ITERATIONS))
                .measurementIterations(1)
                .measurementBatchSize(measured)
                .jvmArgsAppend(arguments.toArray(new String[0]))
                .shouldFailOnError(true)
                .build();
    }
}
