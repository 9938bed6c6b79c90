package io.github.belfry.benchmarks;

import io.github.belfry.Stdio;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import org.HdrHistogram.Histogram;

/**
 * A program that prints values, one a line, in what its row's unit is recorded in; of several rows each line begins
 * with the row's id.
 *
 * @param measured how many lines it has to print, if these are all of one row
 */
record PrintingProgram(List<String> command, int measured) implements Contender {
    @Override
    public Histogram measure() throws IOException, InterruptedException {
        Histogram values = Latencies.empty();
        run(line -> values.recordValue(Long.parseLong(line)));
        return checked(values, measured);
    }

    /**
     * For {@link SharedFork}, which finds out when a row is missing.
     *
     * @param measuredOf how many lines the row of that id has to have
     */
    Map<String, Histogram> measureAll(ToIntFunction<String> measuredOf) throws IOException, InterruptedException {
        Map<String, Histogram> rows = new HashMap<>();
        run(line -> {
            String[] words = line.split(" ");
            rows.computeIfAbsent(words[0], id -> Latencies.empty()).recordValue(Long.parseLong(words[1]));
        });
        for (Map.Entry<String, Histogram> row : rows.entrySet()) {
            checked(row.getValue(), measuredOf.applyAsInt(row.getKey()));
        }
        return rows;
    }

    private Histogram checked(Histogram values, int expected) throws IOException {
        if (values.getTotalCount() != expected) {
            throw new IOException(command.get(0) + " gave " + values.getTotalCount() + " of " + expected + " values");
        }
        return values;
    }

    private void run(Consumer<String> line) throws IOException, InterruptedException {
        try (WorkerProcess program =
                WorkerProcess.command(command).stdout(Stdio.PIPE).start()) {
            BufferedReader lines =
                    new BufferedReader(new InputStreamReader(program.stdout(), StandardCharsets.US_ASCII));
            for (String printed = lines.readLine(); printed != null; printed = lines.readLine()) {
                line.accept(printed);
            }
            WorkerExit exit = program.waitFor();
            if (!exit.equals(new WorkerExit.Exited(0))) {
                throw new IOException(command.get(0) + ": " + exit);
            }
        }
    }
}
