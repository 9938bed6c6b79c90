package io.github.belfry.benchmarks;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What suites are made with.
 *
 * @param log where JMH's own output goes
 */
record Bench(Effort effort, ForkSettings settings, PrintStream log) {
    /** All that there are, in the order of the report. */
    List<Suite> suites() {
        return List.of(
                RequestsSuite.of(this),
                SignalSuite.of(this),
                RoundTripSuite.of(this),
                ThroughputSuite.of(this),
                GrowthSuite.of(this),
                StartSuite.of(this),
                MappingSuite.of(this),
                ManySuite.of(this),
                AllocationSuite.of(this));
    }

    Programs programs() {
        return settings.cPrograms();
    }

    /** A C program whose arguments are those of {@code bench_run.h}; {@code started} is what it starts. */
    Contender floor(String program, String started, int warmUp, int measured) {
        return printing(program, started, warmUp, measured);
    }

    /** The same, of a program that prints {@code measured} lines for each of its rows. */
    SharedFork sharedFloor(String program, String started, int warmUp, int measured) {
        PrintingProgram printing = printing(program, started, warmUp, measured);
        return new SharedFork(() -> printing.measureAll(row -> measured));
    }

    private PrintingProgram printing(String program, String started, int warmUp, int measured) {
        return new PrintingProgram(
                List.of(
                        programs().file(program),
                        programs().file(started),
                        Integer.toString(warmUp),
                        Integer.toString(measured),
                        Long.toString(Effort.PAUSE_NANOS),
                        Integer.toString(settings.cpus().sender()),
                        Integer.toString(settings.cpus().worker())),
                measured);
    }

    /** A C program with other arguments, which prints {@code values} lines. */
    Contender floor(int values, String program, Object... arguments) {
        List<String> command = new ArrayList<>(List.of(programs().file(program)));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        return new PrintingProgram(command, values);
    }

    /** A JMH benchmark that records with a {@link Recorder}. */
    Contender fork(
            Class<?> benchmark,
            String method,
            Map<String, String> parameters,
            int warmUp,
            int measured,
            List<String> vmOptions) {
        return new JmhFork(benchmark, method, parameters, warmUp, measured, settings, vmOptions, log);
    }

    /** A JMH benchmark that records {@link Rows}, all in one invocation that does its own warm-up. */
    SharedFork sharedFork(Class<?> benchmark, String method, Map<String, String> parameters, List<String> vmOptions) {
        return sharedFork(benchmark, method, parameters, 0, 1, vmOptions);
    }

    /** A JMH benchmark that records {@link Rows}, each in every invocation. */
    SharedFork sharedFork(
            Class<?> benchmark,
            String method,
            Map<String, String> parameters,
            int warmUp,
            int measured,
            List<String> vmOptions) {
        JmhFork fork = new JmhFork(benchmark, method, parameters, warmUp, measured, settings, vmOptions, log);
        return new SharedFork(() -> fork.measure(Latencies::readAll));
    }
}
