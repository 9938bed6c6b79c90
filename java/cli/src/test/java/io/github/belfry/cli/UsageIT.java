package io.github.belfry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Help, version, and the exit status for what isn't a command. */
class UsageIT {
    @Test
    void helpNamesTheCommands() throws Exception {
        try (Run help = Run.of(BelfryJar.command("--help"))) {
            assertThat(help.output())
                    .contains("Usage: belfry", "demo", "signal-send", "mmap-write", "filter", "stat", "Exit status");
            assertThat(help.status()).isZero();
        }
    }

    @Test
    void helpOfSignalSendSaysWhatAProgramMustDo() throws Exception {
        try (Run help = Run.of(BelfryJar.command("signal-send", "--help"))) {
            assertThat(help.output()).contains("[-n N] [PROGRAM...]", "unblock SIGUSR1");
            assertThat(help.status()).isZero();
        }
    }

    @Test
    void helpOfFilterSaysWhichWorkerANameIs() throws Exception {
        try (Run help = Run.of(BelfryJar.command("filter", "--help"))) {
            assertThat(help.output())
                    .contains("WORKER [ARGUMENT...] < in > out", "those that are part of this command", "--ring-bytes");
            assertThat(help.status()).isZero();
        }
    }

    @Test
    void helpOfStatExplainsTheColumns() throws Exception {
        try (Run help = Run.of(BelfryJar.command("stat", "--help"))) {
            assertThat(help.output()).contains("PID", "busy %", "rescues", "--json", "--interval");
            assertThat(help.status()).isZero();
        }
    }

    @Test
    void versionIsThePoms() throws Exception {
        try (Run version = Run.of(BelfryJar.command("--version"))) {
            assertThat(version.output()).matches("belfry \\d+\\.\\d+\\.\\d+\\S*\n");
            assertThat(version.status()).isZero();
        }
    }

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
                "filter --ring-bytes much upper",
                "filter --timeout 0 upper",
                "stat",
                "stat 0",
                "stat -1",
                "stat first",
                "stat --interval 0 1",
                "stat --count 0 1"
            })
    void wrongUsageIs2(String arguments) throws Exception {
        String[] words = arguments.isEmpty() ? new String[0] : arguments.split(" ");
        try (Run wrong = Run.of(BelfryJar.command(words))) {
            assertThat(wrong.output())
                    .containsAnyOf("Usage: belfry", "Did you mean")
                    .doesNotContain("Exception");
            assertThat(wrong.status()).isEqualTo(2);
        }
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
