package io.github.belfry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the command says about itself. */
class HelpIT {
    static Stream<String> commands() {
        return StreamSupport.stream(new Help.Commands().spliterator(), false);
    }

    @Test
    void namesTheCommands() {
        Here help = Here.run("--help");
        assertThat(help.out())
                .contains("Usage: belfry", "demo", "signal-send", "mmap-write", "filter", "stat", "help", "Exit status");
        assertThat(help.status()).isZero();
        assertThat(Here.run("help")).isEqualTo(help);
    }

    @ParameterizedTest
    @MethodSource("commands")
    void ofACommandIsThatOfItsOption(String command) {
        Here help = Here.run("help", command);
        assertThat(help).isEqualTo(Here.run(command, "--help"));
        assertThat(help.status()).isZero();
        assertThat(help.out()).contains("Usage: belfry " + command, "-h, --help", "Exit status");
        assertThat(help.err()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("commands")
    void fitsInto80Columns(String command) {
        assertThat(Stream.concat(Here.run("help").out().lines(), Here.run("help", command).out().lines()))
                .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(80).doesNotContain("vimer"));
    }

    @Test
    void ofSignalSendSaysWhatAProgramMustDo() {
        assertThat(Here.run("signal-send", "--help").out()).contains("[-n N] [PROGRAM...]", "unblock SIGUSR1");
    }

    @Test
    void ofFilterSaysWhichWorkerANameIs() {
        assertThat(Here.run("filter", "--help").out())
                .contains("WORKER [ARGUMENT...] < in > out", "those that are part of this command", "--ring-bytes SIZE");
    }

    @Test
    void ofStatExplainsTheColumns() {
        assertThat(Here.run("stat", "--help").out())
                .contains("[PID]", "busy %", "rescues", "--json", "--interval SECONDS", "Without PID");
    }

    @Test
    void versionIsAlsoTheJdks() {
        String jdk = "JDK " + Runtime.version() + ", " + System.getProperty("java.home");
        Here version = Here.run("--version");
        assertThat(version.out()).matches("belfry [^\n]+\n\\Q" + jdk + "\\E\n");
        assertThat(Here.run("stat", "--version")).isEqualTo(version);
    }
}
