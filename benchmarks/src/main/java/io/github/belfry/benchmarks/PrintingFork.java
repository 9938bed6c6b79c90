package io.github.belfry.benchmarks;

import io.github.belfry.Stdio;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.HdrHistogram.Histogram;

/**
 * A program that measures several rows at once: it prints lines of a row's id and a value, in what the row's unit is
 * recorded in. It runs when a row asks for its turn that has none left.
 */
final class PrintingFork {
    private final List<String> command;
    private final int measured;
    private final Map<String, Queue<Histogram>> turns = new HashMap<>();

    /** {@code measured} is how many lines it has to print for each row. */
    PrintingFork(List<String> command, int measured) {
        this.command = command;
        this.measured = measured;
    }

    Contender row(String id) {
        return () -> {
            Queue<Histogram> own = turns.computeIfAbsent(id, none -> new ArrayDeque<>());
            if (own.isEmpty()) {
                run();
            }
            Histogram values = own.poll();
            if (values == null || values.getTotalCount() != measured) {
                throw new IOException(command.get(0) + " gave no " + measured + " values for " + id);
            }
            return values;
        };
    }

    private void run() throws IOException, InterruptedException {
        Map<String, Histogram> values = new HashMap<>();
        try (WorkerProcess fork =
                WorkerProcess.command(command).stdout(Stdio.PIPE).start()) {
            BufferedReader lines = new BufferedReader(new InputStreamReader(fork.stdout(), StandardCharsets.US_ASCII));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] words = line.split(" ");
                values.computeIfAbsent(words[0], id -> Latencies.empty()).recordValue(Long.parseLong(words[1]));
            }
            WorkerExit exit = fork.waitFor();
            if (!exit.equals(new WorkerExit.Exited(0))) {
                throw new IOException(command.get(0) + ": " + exit);
            }
        }
        values.forEach((id, histogram) ->
                turns.computeIfAbsent(id, none -> new ArrayDeque<>()).add(histogram));
    }
}
