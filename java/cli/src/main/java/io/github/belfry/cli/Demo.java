package io.github.belfry.cli;

import io.github.belfry.SharedMapping;
import io.github.belfry.Signal;
import io.github.belfry.Stdio;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Shows on real workers what the library does, and fails if it isn't so. */
@Command(
        name = "demo",
        header = "Shows on real workers what the library does.",
        description = {
            "",
            "Step by step: how they are started, signalled and given data, how long a call takes, and that none is lost"
                    + " when a worker dies. Takes some seconds. What isn't as promised is a failure.",
            ""
        })
final class Demo implements Callable<Integer> {
    private static final int WORKERS = 10;
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final String TEXT = "www.vimer.cn";

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        showSignals(out);
        showMapping(out);
        new PoolDemo(out).show();
        out.println("All of it was as promised. Next: belfry signal-send, and Ctrl+C.");
        return 0;
    }

    private static void showSignals(PrintWriter out) throws Exception {
        out.println("1. Start " + WORKERS + " native workers, each a process: the C program test_signal_recv.");
        List<Output> workers = new ArrayList<>();
        try {
            for (int i = 0; i < WORKERS; i++) {
                workers.add(new Output(WorkerProcess.bundled("test_signal_recv")
                        .blockSignals(Signal.USR1, Signal.INT) // also where a script's & has this program ignore SIGINT
                        .processGroup(true) // Ctrl+C is for this program, and its workers die with it
                        .stdin(Stdio.NULL)
                        .stdout(Stdio.PIPE)
                        .start()));
            }
            out.println(workers.stream()
                    .map(output -> String.valueOf(output.worker.pid()))
                    .collect(Collectors.joining(" ", "   ", "")));

            out.println("2. Wake each with SIGUSR1. It is blocked from the start, so one that comes early waits.");
            workers.forEach(output -> output.worker.signal(Signal.USR1));
            for (Output output : workers) {
                output.showUntil("get signal", out);
            }

            out.println("3. End each with SIGINT, and wait for all.");
            workers.forEach(output -> output.worker.signal(Signal.INT));
            for (Output output : workers) {
                output.expectExit(out);
            }
        } finally {
            workers.forEach(output -> output.worker.close());
        }
    }

    private static void showMapping(PrintWriter out) throws Exception {
        // Deleted when the VM ends, by Ctrl+C as well; the last one named goes first.
        Path directory = Files.createTempDirectory("belfry-demo-");
        directory.toFile().deleteOnExit();
        Path file = directory.resolve("hello.txt");
        file.toFile().deleteOnExit();

        byte[] bytes = TEXT.getBytes(StandardCharsets.UTF_8);
        out.println("4. Write " + bytes.length + " bytes into hello.txt through memory shared with every program that maps it.");
        try (SharedMapping mapping = SharedMapping.create(file, bytes.length)) {
            mapping.buffer().put(bytes);
            mapping.flush();
            out.println("   " + file);

            out.println("5. Let another process map the same file: the C program test_mmap_read prints what it sees.");
            Output output = new Output(WorkerProcess.bundled("test_mmap_read", file.toString())
                    .stdin(Stdio.NULL)
                    .stdout(Stdio.PIPE)
                    .start());
            try (output.worker) {
                output.showUntil(TEXT, out);
                output.expectExit(out);
            }
        }
    }

    /** What a worker prints. */
    private static final class Output {
        private final WorkerProcess worker;
        private final BufferedReader lines;

        Output(WorkerProcess worker) {
            this.worker = worker;
            this.lines = new BufferedReader(new InputStreamReader(worker.stdout(), StandardCharsets.UTF_8));
        }

        /** Prints its lines up to this one. The reading is another thread's, because a read can't be given up. */
        void showUntil(String last, PrintWriter out) throws Exception {
            FutureTask<Boolean> show = new FutureTask<>(() -> copyUntil(last, out));
            Thread reader = new Thread(show);
            reader.setDaemon(true);
            reader.start();
            try {
                if (!show.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                    throw new IOException(worker + " ended without printing \"" + last + "\"");
                }
            } catch (TimeoutException e) {
                throw new IOException(worker + " hasn't printed \"" + last + "\" in " + PATIENCE.toSeconds() + " s", e);
            }
        }

        private boolean copyUntil(String last, PrintWriter out) throws IOException {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                out.println("   " + worker.pid() + " | " + line);
                if (line.equals(last)) {
                    return true;
                }
            }
            return false;
        }

        void expectExit(PrintWriter out) throws Exception {
            Optional<WorkerExit> exit = worker.waitFor(PATIENCE);
            String how = exit.map(Workers::describe).orElse("still runs after " + PATIENCE.toSeconds() + " s");
            if (!exit.equals(Optional.of(new WorkerExit.Exited(0)))) {
                throw new IOException(worker + " " + how + ", it should have exited with 0");
            }
            out.println("   " + worker.pid() + " " + how);
        }
    }
}
