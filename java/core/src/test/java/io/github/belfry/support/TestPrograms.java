package io.github.belfry.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.belfry.Signal;
import io.github.belfry.Stdio;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerProcess;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The C programs under {@code c/tests}, as CMake built them. */
public final class TestPrograms {
    private TestPrograms() {}

    public static String path(String program) {
        return Path.of(System.getProperty("belfry.test.programs"), program).toString();
    }

    /** Skips the test where one of them isn't in PATH, and says which. */
    public static void assumeInstalled(String... programs) {
        for (String program : programs) {
            boolean installed = Stream.of(System.getenv("PATH").split(":"))
                    .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
            assumeTrue(installed, "this machine has no " + program);
        }
    }

    /** Has this VM ignore SIGCHLD, as a careless library does; again with each call. */
    public static void ignoreChildren() throws IOException {
        Path copy = Files.createTempFile("ignore_children", ".so");
        try {
            Files.copy(Path.of(path("ignore_children.so")), copy, StandardCopyOption.REPLACE_EXISTING);
            System.load(copy.toString());
        } finally {
            Files.delete(copy);
        }
    }

    public static boolean ignoresChildren() throws IOException {
        return ProcFs.hasSignal(Path.of("/proc/self/status"), "SigIgn", Signal.CHLD);
    }

    /** Runs a command to its end; not by ProcessBuilder, whose pipes stay open a while. */
    public static WorkerExit run(String... command) throws Exception {
        return exitOf(WorkerProcess.command(command).stderr(Stdio.NULL));
    }

    public static WorkerExit exitOf(WorkerProcess.Builder builder) throws Exception {
        try (WorkerProcess worker = builder.start()) {
            return worker.waitFor();
        }
    }

    public static Path makeFifo(Path path) throws Exception {
        assertThat(run("mkfifo", path.toString())).isEqualTo(new WorkerExit.Exited(0));
        return path;
    }

    /** Runs {@code reveal} as the builder says: what it is born with, by name. */
    public static Map<String, String> reveal(java.util.function.UnaryOperator<WorkerProcess.Builder> with) throws Exception {
        try (WorkerProcess worker = with.apply(WorkerProcess.command(path("reveal"), "first", "with space"))
                .stdout(Stdio.PIPE)
                .start()) {
            List<String> lines = reader(worker).lines().toList();
            worker.waitFor();
            return lines.stream()
                    .map(line -> line.split("=", 2))
                    .collect(Collectors.toMap(parts -> parts[0], parts -> parts[1].trim(), (a, b) -> a + "\n" + b));
        }
    }

    public static BufferedReader reader(WorkerProcess worker) {
        return new BufferedReader(new InputStreamReader(worker.stdout(), StandardCharsets.UTF_8));
    }

    /** Byte by byte, so that the rest is left. */
    public static String firstLine(InputStream from) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = from.read(); b >= 0 && b != '\n'; b = from.read()) {
            line.write(b);
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    /** A worker that has printed {@code firstLine}, so it has come to its main. */
    public static WorkerProcess started(WorkerProcess.Builder builder, String firstLine) throws IOException {
        WorkerProcess worker = builder.stdout(Stdio.PIPE).start();
        assertThat(reader(worker).readLine()).isEqualTo(firstLine);
        return worker;
    }

    /** The next line of a worker's output that isn't the greeting. */
    public static String nextReport(BufferedReader reader) throws IOException {
        String line = reader.readLine();
        while ("hello world".equals(line)) {
            line = reader.readLine();
        }
        return line;
    }
}
