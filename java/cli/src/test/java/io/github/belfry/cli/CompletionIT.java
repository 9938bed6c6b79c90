package io.github.belfry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The completion of the package, in the shells that it is for. */
class CompletionIT {
    /** Prints each of its lines and what bash would offer for its end; compopt complains that it isn't bash that asks. */
    private static final String OFFERS = """
            while IFS= read -r COMP_LINE; do
              read -ra COMP_WORDS <<<"$COMP_LINE"
              [[ $COMP_LINE != *' ' ]] || COMP_WORDS+=('')
              COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 )) COMPREPLY=()
              _belfry 2>/dev/null
              echo "$COMP_LINE:${COMPREPLY[*]}"
            done""";

    @TempDir
    private Path directory = Path.of("");

    private Path completion = Path.of("");

    @BeforeEach
    void unpack() throws Exception {
        completion = UnpackedTar.into(directory).resolve("share/bash-completion/completions/belfry");
    }

    @Test
    void offersWhatCanFollow() throws Exception {
        Files.writeString(directory.resolve("hello.txt"), "");
        Map<String, String> expected = new TreeMap<>(Map.ofEntries(
                Map.entry("belfry ", "demo filter stat signal-send mmap-write help"),
                Map.entry("belfry s", "stat signal-send"),
                Map.entry("belfry filter", "filter"),
                Map.entry("belfry --v", "--version"),
                Map.entry("belfry filter --t", "--timeout"),
                Map.entry("belfry filter --timeout 3 --w", "--workers"),
                Map.entry("belfry filter -w 2 upp", "upper"),
                Map.entry("belfry filter ", "echo upper zlib"),
                Map.entry("belfry filter one-in-p", "one-in-path"),
                Map.entry("belfry signal-send one-in-p", "one-in-path"),
                Map.entry("belfry filter ./up", ""),
                Map.entry("belfry filter upper --w", ""),
                Map.entry("belfry filter upper stat", ""),
                Map.entry("belfry filter -w ", ""),
                Map.entry("belfry signal-send -n 3 test_s", "test_signal_recv"),
                Map.entry("belfry stat --", "--json --help --version --interval --count"),
                Map.entry("belfry mmap-write hel", "hello.txt"),
                Map.entry("belfry help st", "stat"),
                Map.entry("belfry help signal", "signal-send")));
        Path program = Files.createFile(directory.resolve("one-in-path"));
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path input = Files.write(directory.resolve("lines"), expected.keySet());
        String script = "cd '" + directory + "'; PATH=$PWD:$PATH; . '" + completion + "'; " + OFFERS;
        try (Run bash = Run.of(List.of("bash", "--norc", "-c", script + " < '" + input + "'"))) {
            assertThat(bash.output().lines())
                    .containsExactlyElementsOf(expected.entrySet().stream()
                            .map(entry -> entry.getKey() + ":" + entry.getValue())
                            .toList());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bash --norc -i", "zsh -f -i"})
    void completesWhatIsTyped(String shell) throws Exception {
        try (Run has = Run.shell("command -v " + shell)) {
            assumeTrue(has.status() == 0, "this machine has no " + shell);
        }
        Files.writeString(directory.resolve("hello.txt"), "");
        String script = "env HOME='" + directory + "' TERM=dumb " + shell;
        try (Run terminal = Run.inTerminal(script)) {
            terminal.type("cd '" + directory + "' && . '" + completion + "' && belfry() { echo \"got <$*>\"; } && echo rea''dy\n");
            terminal.awaitLines(1, "ready");
            terminal.type("belfry mmap-w\thel\t\n");
            terminal.awaitLines(1, "got <mmap-write hello.txt>");
            terminal.type("belfry filter --work\t2 upp\t\n");
            terminal.awaitLines(1, "got <filter --workers 2 upper>");
            terminal.type("exit\n");
            assertThat(terminal.status()).isZero();
        }
    }
}
