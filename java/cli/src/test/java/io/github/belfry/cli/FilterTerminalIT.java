package io.github.belfry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code belfry filter} on a terminal: progress, and Ctrl+C. */
@Tag("once")
class FilterTerminalIT {
    private static final String CTRL_C = "\u0003";
    private static final String CTRL_D = "\u0004";
    private static final String PROGRESS_THREAD = "belfry-progress";

    @TempDir
    private Path directory = Path.of("");

    private Path fifo = Path.of("");
    private Path out = Path.of("");

    @BeforeEach
    void makeFifo() throws Exception {
        fifo = directory.resolve("fifo");
        out = directory.resolve("out");
        try (Run mkfifo = Run.shell("mkfifo " + fifo)) {
            assertThat(mkfifo.status()).isZero();
        }
    }

    @Test
    void progressIsShownOnATerminalAndClearedAtTheEnd() throws Exception {
        try (Run terminal = Run.inTerminal("sh " + script());
                OutputStream in = Files.newOutputStream(fifo)) {
            in.write("a\nb\n".getBytes(StandardCharsets.US_ASCII));
            in.flush();
            terminal.awaitLines(2, "\033[K2 lines, "); // in the same place: what splits them is \r
            assertThat(terminal.hasThread(PROGRESS_THREAD)).isTrue();
            in.close();
            terminal.awaitLines(1, "\033[Kstatus 0");
            assertThat(out).hasContent("a\nb\n");
        }
    }

    /** While the filter runs, the thread that would show it after a second doesn't. */
    @Test
    void progressIsNotShownElsewhere() throws Exception {
        try (Run run = Run.shell("sh " + script());
                OutputStream in = Files.newOutputStream(fifo)) {
            in.write("stderr in hand\n".getBytes(StandardCharsets.US_ASCII));
            in.flush();
            run.awaitLines(1, "in hand");
            assertThat(run.hasThread(PROGRESS_THREAD)).isFalse();
            in.close();
            assertThat(run.output()).isEqualTo("in hand\nstatus 0\n");
        }
    }

    @Test
    void progressIsNotShownBetweenWhatIsTypedAndTheReplies() throws Exception {
        try (Run terminal = Run.inTerminal(BelfryJar.shell("filter", "-w", "1", BelfryJar.CRASH))) {
            terminal.type("stderr in hand\n");
            terminal.awaitLines(1, "stderr in hand"); // typed
            terminal.awaitLines(1, "in hand"); // said
            assertThat(terminal.hasThread(PROGRESS_THREAD)).isFalse();
            terminal.type(CTRL_D);
            assertThat(terminal.status()).isZero();
            assertThat(terminal.output()).doesNotContain("lines/s");
        }
    }

    @Test
    void ctrlCEndsAllProcesses() throws Exception {
        try (Run terminal = Run.inTerminal(BelfryJar.shell("filter", "-w", "3", "upper"))) {
            terminal.type("abc\n");
            terminal.awaitLines(1, "ABC");
            assertThat(terminal.child().children()).hasSize(3);
            terminal.type(CTRL_C);
            assertThat(terminal.status()).isEqualTo(130);
            assertThat(terminal.output()).doesNotContain("belfry:");
            assertThat(terminal.processes()).isEmpty();
        }
    }

    /** What its pool then can't answer isn't the line's failure. */
    @Test
    void ctrlCInTheMiddleOfALineIsNoFailureOfTheLine() throws Exception {
        try (Run terminal = Run.inTerminal(BelfryJar.shell("filter", "-w", "1", BelfryJar.CRASH))) {
            terminal.type("stderr up\nsleep 1000\nsleep 1000\nsleep 1000\n");
            terminal.awaitLines(1, "stderr up"); // typed
            terminal.awaitLines(1, "up"); // said
            terminal.type(CTRL_C);
            assertThat(terminal.status()).isEqualTo(130);
            assertThat(terminal.output()).doesNotContain("belfry:");
            assertThat(terminal.processes()).isEmpty();
        }
    }

    /** A pool of one worker that reads from the FIFO. */
    private Path script() throws IOException {
        String filter = BelfryJar.shell("filter", "-w", "1", BelfryJar.CRASH) + " < " + fifo + " > " + out;
        return Files.writeString(directory.resolve("script"), filter + "\necho status $?\n");
    }
}
