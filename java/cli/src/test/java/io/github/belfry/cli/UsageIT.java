package io.github.belfry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What isn't a command: the exit status, what is said, and what was probably meant. */
@Tag("once")
class UsageIT {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "ring-bells",
                "signal-send -n 0",
                "signal-send -n many",
                "demo now",
                "--loud",
                "filter",
                "filter -w 0 upper",
                "filter --ring-bytes 63K upper",
                "filter --ring-bytes 257M upper",
                "filter --ring-bytes=much upper",
                "filter --timeout 0 upper",
                "filter --timeout=0 upper",
                "stat 0",
                "stat -1",
                "stat first",
                "stat --interval 0 1",
                "stat --count 0 1",
                "stat --count 2",
                "stat --interval 2 --json",
                "help me",
                "help stat filter"
            })
    void wrongUsageIs2(String arguments) {
        Here wrong = Here.runWords(arguments);
        assertThat(wrong.status()).isEqualTo(2);
        assertThat(wrong.err().lines().findFirst()).hasValueSatisfying(line -> assertThat(line)
                .doesNotStartWith("Usage"));
        assertThat(wrong.err()).contains("Usage: belfry").doesNotContain("Exception", "Did you mean");
        assertThat(wrong.out()).isEmpty();
    }

    @Test
    void wrongUsageIsShownBesideTheWayToTheHelp() throws Exception {
        try (Run wrong = Run.of(BelfryJar.command("stat", "1", "--count", "0"))) {
            assertThat(wrong.output())
                    .matches("(?s)--count is 0, it has to be at least 1\nUsage: belfry stat .*\nTry: belfry stat --help\n");
            assertThat(wrong.status()).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            statt                           | belfry stat
            STAT                            | belfry stat
            sginal-send                     | belfry signal-send
            sig-send                        | belfry signal-send
            write                           | belfry mmap-write
            hlep                            | belfry help
            help dem                        | belfry demo
            filter --worker 2 upper         | --workers
            filter --ring=64K upper         | --ring-bytes
            filter --Timeout 3 upper        | --timeout
            filter -W 2 upper               | -w
            stat --jsn                      | --json
            signal-send -N 3                | -n
            """)
    void whatIsNearIsSuggested(String arguments, String meant) {
        Here wrong = Here.runWords(arguments);
        assertThat(wrong.err()).matches("Unknown [^\n]*\nDid you mean: " + meant + "\\?\n");
        assertThat(wrong.status()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"list", "top", "x", "st", "filter --lines 2 upper", "filter -x upper", "stat --pid=3"})
    void whatIsFarIsNot(String arguments) {
        Here wrong = Here.runWords(arguments);
        assertThat(wrong.err()).startsWith("Unknown ").contains("Usage: belfry").doesNotContain("Did you mean");
        assertThat(wrong.status()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--version", "demo", "signal-send -n 1 true", "filter --help"})
    void aFullDiskUnderTheOutputIsAFailure(String arguments) throws Exception {
        String shell = BelfryJar.shell(arguments.split(" "));
        try (Run full = Run.shell("exec " + shell + " 2>&1 >/dev/full")) {
            assertThat(full.output()).matches("belfry: standard output [^\\n]*\\n");
            assertThat(full.status()).isEqualTo(1);
        }
    }

    @Test
    void aClosedOutputIsAFailure() throws Exception {
        try (Run closed = Run.shell("exec " + BelfryJar.shell("--version") + " 2>&1 >&-")) {
            assertThat(closed.output()).matches("belfry: standard output [^\n]*\n");
            assertThat(closed.status()).isEqualTo(1);
        }
    }

    @Test
    void aPipeWithoutAReaderIsAFailure() throws Exception {
        try (Run cut = Run.shell("{ " + BelfryJar.shell("demo") + "; echo status $? >&2; } | head -n 1")) {
            assertThat(cut.output()).matches("1\\. .*\\nbelfry: standard output .*\\nstatus 1\\n");
        }
    }
}
