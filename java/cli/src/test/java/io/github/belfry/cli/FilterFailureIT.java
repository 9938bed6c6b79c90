package io.github.belfry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code belfry filter}: what fails is said in one line, with the number of the line that it was about. */
@Tag("once")
class FilterFailureIT {
    @TempDir
    private Path directory = Path.of("");

    @Test
    void aFaultIsReportedBehindTheLinesBeforeIt() throws Exception {
        String lines = "{ seq 16; echo fault 3 why; seq 1000; }";
        expect(
                lines + " | " + BelfryJar.shell("filter", "-w", "3", BelfryJar.CRASH),
                numbers(16) + "belfry: line 17: the worker answered with code 3: why\n");
    }

    @Test
    void aLineThatKillsItsWorkersIsReported() throws Exception {
        String lines = "{ seq 3; echo exit 1; seq 10; }";
        expect(
                lines + " | " + BelfryJar.shell("filter", "-w", "2", BelfryJar.CRASH),
                numbers(3) + "belfry: line 4: worker [^\n]*attempt 3 of 3[^\n]*\n");
    }

    @Test
    void aLineThatTakesTooLongIsReported() throws Exception {
        String lines = "{ seq 3; echo loop; seq 10; }";
        expect(
                lines + " | " + BelfryJar.shell("filter", "--timeout", "1.5", "-w", "2", BelfryJar.CRASH),
                numbers(3) + "belfry: line 4: [^\n]*1500 ms[^\n]*\n");
    }

    @Test
    void aTooLongLineIsReportedWithTheLimitAndTheOption() throws Exception {
        String lines = "{ seq 2; head -c 65473 /dev/zero; echo; seq 10; }";
        expect(
                lines + " | " + BelfryJar.shell("filter", "--ring-bytes", "64K", "upper"),
                numbers(2) + "belfry: line 3 is longer than 65472 bytes: try --ring-bytes 128K\n");
    }

    @Test
    void aLineWithoutEndIsReportedWithoutReadingAllOfIt() throws Exception {
        expect(
                BelfryJar.shell("filter", "upper") + " < /dev/zero",
                "belfry: line 1 is longer than 1048512 bytes: try --ring-bytes 2M\n");
    }

    /** The reader waits for input that never comes, and that can't be given up. */
    @Test
    void aFailureDoesNotWaitForMoreInput() throws Exception {
        try (Run filter = Run.of(BelfryJar.command("filter", BelfryJar.CRASH))) {
            filter.type("fault 3 why\n");
            assertThat(filter.output()).isEqualTo("belfry: line 1: the worker answered with code 3: why\n");
            assertThat(filter.status()).isEqualTo(1);
            assertThat(filter.processes()).isEmpty();
        }
    }

    @Test
    void whatAWorkerSaysCannotMoveTheCursor() throws Exception {
        expect(
                "printf 'fault 3 \\033[2J\\n' | " + BelfryJar.shell("filter", BelfryJar.CRASH),
                "belfry: line 1: the worker answered with code 3: \\?\\[2J\n");
    }

    @Test
    void anOutputWithoutAReaderIsAFailure() throws Exception {
        String filter = "{ yes | " + BelfryJar.shell("filter", "upper") + "; echo status $? >&2; }";
        // Not head, which may write after it has closed its input.
        try (Run cut = Run.shell(filter + " | { read -r line; echo $line; }")) {
            assertThat(cut.output()).isEqualTo("Y\nbelfry: standard output can't be written: Broken pipe\nstatus 1\n");
            assertThat(cut.processes()).isEmpty();
        }
    }

    @Test
    void aFullDiskIsAFailure() throws Exception {
        expect(
                "seq 10 | " + BelfryJar.shell("filter", "upper") + " 2>&1 > /dev/full",
                "belfry: standard output can't be written: No space left on device\n");
    }

    @Test
    void aClosedOutputIsAFailure() throws Exception {
        expect(
                "seq 10 | " + BelfryJar.shell("filter", "upper") + " 2>&1 >&-",
                "belfry: standard output can't be written: Bad file descriptor\n");
    }

    @Test
    void aClosedInputIsAFailure() throws Exception {
        expect(BelfryJar.shell("filter", "upper") + " <&-", "belfry: standard input is closed\n");
    }

    @Test
    void aDirectoryIsNoInput() throws Exception {
        expect(
                BelfryJar.shell("filter", "upper") + " < " + directory,
                "belfry: standard input can't be read: Is a directory\n");
    }

    @Test
    void aMissingProgramIsAFailure() throws Exception {
        expect(
                BelfryJar.shell("filter", "no-such-worker") + " < /dev/null",
                "belfry: cannot start no-such-worker: [^\n]*ENOENT[^\n]*\n");
    }

    @Test
    void aProgramThatIsNoWorkerIsAFailure() throws Exception {
        expect(
                BelfryJar.shell("filter", "true") + " < /dev/null",
                "belfry: cannot start true: it ended before it was ready[^\n]*\n");
    }

    private static String numbers(int last) {
        StringBuilder lines = new StringBuilder();
        for (int i = 1; i <= last; i++) {
            lines.append(i).append('\n');
        }
        return lines.toString();
    }

    /** Status 1, this output (a pattern), and no process left. */
    private static void expect(String script, String output) throws Exception {
        try (Run run = Run.shell(script + "; echo status $?")) {
            assertThat(run.output()).matches(output + "status 1\n");
            assertThat(run.processes()).isEmpty();
        }
    }
}
