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
 * A C program that prints one value a line, in what its row's unit is recorded in.
 *
 * @param measured how many lines it has to print
 */
record CFloor(List<String> command, int measured) implements Contender {
    @Override
    public Histogram measure() throws IOException, InterruptedException {
        Histogram values = Latencies.empty();
        try (WorkerProcess floor =
                WorkerProcess.command(command).stdout(Stdio.PIPE).start()) {
            BufferedReader lines = new BufferedReader(new InputStreamReader(floor.stdout(), StandardCharsets.US_ASCII));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                values.recordValue(Long.parseLong(line));
            }
            WorkerExit exit = floor.waitFor();
            if (!exit.equals(new WorkerExit.Exited(0)) || values.getTotalCount() != measured) {
                throw new IOException(
                        command.get(0) + " gave " + values.getTotalCount() + " of " + measured + " values: " + exit);
            }
        }
        return values;
    }
}
