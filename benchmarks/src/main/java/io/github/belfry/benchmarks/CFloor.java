package io.github.belfry.benchmarks;

import io.github.belfry.Stdio;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.HdrHistogram.Histogram;

/**
 * A C program that prints one latency a line. Its arguments are in {@code bench_run.h}.
 *
 * @param program the floor
 * @param started what it starts
 */
record CFloor(String program, String started, int warmUp, int measured, Cpus cpus) implements Contender {
    @Override
    public Histogram measure() throws IOException, InterruptedException {
        Histogram latencies = Latencies.empty();
        try (WorkerProcess floor =
                WorkerProcess.command(command()).stdout(Stdio.PIPE).start()) {
            BufferedReader lines = new BufferedReader(new InputStreamReader(floor.stdout(), StandardCharsets.US_ASCII));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                latencies.recordValue(Long.parseLong(line));
            }
            WorkerExit exit = floor.waitFor();
            if (!exit.equals(new WorkerExit.Exited(0)) || latencies.getTotalCount() != measured) {
                throw new IOException(
                        program + " gave " + latencies.getTotalCount() + " of " + measured + " latencies: " + exit);
            }
        }
        return latencies;
    }

    private List<String> command() {
        return List.of(
                program,
                started,
                Integer.toString(warmUp),
                Integer.toString(measured),
                Long.toString(Effort.PAUSE_NANOS),
                Integer.toString(cpus.sender()),
                Integer.toString(cpus.worker()));
    }
}
