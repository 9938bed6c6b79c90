package io.github.belfry.internal.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.Stdio;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerProcess;
import io.github.belfry.support.TestPrograms;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of the input of real programs that are closed: it is all that they have got, and they finish it. */
public class WorkerFilterTest {
    /** More than a pipe holds. */
    private static final int SIZE = 3 << 20;

    @Test
    void closeLosesNothingThatSortWasGiven(@TempDir Path temp) throws Exception {
        TestPrograms.assumeInstalled("sort");
        Path sorted = temp.resolve("sorted");
        List<String> lines = new Random(2)
                .ints(100_000, 0, 1_000_000)
                .mapToObj("%06d"::formatted)
                .toList();
        WorkerProcess sort = WorkerProcess.command("sort")
                .environment("LC_ALL", "C")
                .stdin(Stdio.PIPE)
                .stdout(Stdio.file(sorted))
                .closeGrace(Duration.ofMinutes(1))
                .start();
        try (sort) {
            sort.stdin().write((String.join("\n", lines) + "\n").getBytes());
        }
        assertThat(sort.waitFor()).isEqualTo(new WorkerExit.Exited(0));
        assertThat(Files.readAllLines(sorted))
                .isEqualTo(lines.stream().sorted().toList());
    }

    @Test
    void closeLosesNothingThatGzipWasGiven(@TempDir Path temp) throws Exception {
        TestPrograms.assumeInstalled("gzip");
        Path compressed = temp.resolve("compressed");
        byte[] sent = new byte[SIZE];
        new Random(3).nextBytes(sent);
        WorkerProcess gzip = WorkerProcess.command("gzip", "-c")
                .stdin(Stdio.PIPE)
                .stdout(Stdio.file(compressed))
                .closeGrace(Duration.ofMinutes(1))
                .start();
        try (gzip) {
            gzip.stdin().write(sent);
        }
        assertThat(gzip.waitFor()).isEqualTo(new WorkerExit.Exited(0));
        try (InputStream from = new GZIPInputStream(Files.newInputStream(compressed))) {
            assertThat(from.readAllBytes()).isEqualTo(sent);
        }
    }

    /** It begins when it has all its input, and takes a while. */
    @Test
    void closeWaitsForWhatPythonDoesWithItsInput(@TempDir Path temp) throws Exception {
        TestPrograms.assumeInstalled("python3");
        String script = """
                import sys, time
                text = sys.stdin.read()
                time.sleep(0.2)
                open(sys.argv[1], "w").write(text.upper())
                """;
        Path upper = temp.resolve("upper");
        WorkerProcess python = WorkerProcess.command("python3", "-c", script, upper.toString())
                .stdin(Stdio.PIPE)
                .closeGrace(Duration.ofMinutes(1))
                .start();
        try (python) {
            python.stdin().write("text".getBytes());
        }
        assertThat(python.waitFor()).isEqualTo(new WorkerExit.Exited(0));
        assertThat(upper).hasContent("TEXT");
    }

    /** It is said so: with its output unread such a worker can't end, and gets TERM. */
    @Test
    void closeCutsShortAWorkerWhoseOutputIsNotRead() throws Exception {
        TestPrograms.assumeInstalled("bash");
        String script = "read -r line; head -c 1000000 /dev/zero; echo not reached";
        WorkerProcess bash = WorkerProcess.command("bash", "-c", script)
                .stdin(Stdio.PIPE)
                .stdout(Stdio.PIPE)
                .closeGrace(Duration.ofMillis(50))
                .start();
        try (bash) {
            bash.stdin().write("go\n".getBytes());
        }
        assertThat(bash.waitFor()).isInstanceOf(WorkerExit.Signaled.class);
    }
}
