package io.github.belfry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code belfry filter}: every line, in its order, byte for byte. */
@Tag("once")
class FilterIT {
    @TempDir
    private Path directory = Path.of("");

    @ParameterizedTest
    @ValueSource(strings = {"1", "4"})
    void repliesComeInTheOrderOfTheLines(String workers) throws Exception {
        // A slow one, which replies with nothing, lets those behind it overtake.
        String lines = IntStream.range(0, 3000)
                .mapToObj(i -> i % 100 == 0 ? "sleep 5\n" : "line " + i + "\n")
                .collect(Collectors.joining());
        assertThat(filter(lines.getBytes(StandardCharsets.UTF_8), "-w", workers, BelfryJar.CRASH))
                .asString(StandardCharsets.UTF_8)
                .isEqualTo(lines.replace("sleep 5", ""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "\n\n\n", "a", "a\n", "a\n\nb", "a\r\nb\r\n", "\na"})
    void newlinesStayWhereTheyWere(String text) throws Exception {
        assertThat(filter(text.getBytes(StandardCharsets.US_ASCII), "upper"))
                .asString(StandardCharsets.US_ASCII)
                .isEqualTo(text.toUpperCase(Locale.ROOT));
    }

    @Test
    void bytesThatAreNoTextStayAsTheyAre() throws Exception {
        byte[] bytes = new byte[100_000];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (i + i / 256 * 7);
        }
        assertThat(filter(bytes, "-w", "3", "echo")).isEqualTo(bytes);
    }

    @Test
    void aLineMayBeAsLongAsTheRingAllows() throws Exception {
        byte[] line = new byte[(2 << 20) - 64];
        assertThat(filter(line, "--ring-bytes", "1100K", "echo")).isEqualTo(line);
    }

    @Test
    void aReplyIsShownBeforeTheInputEnds() throws Exception {
        try (Run filter = Run.of(BelfryJar.command("filter", "upper"))) {
            filter.type("a\n");
            filter.awaitLines(1, "A");
            filter.type("b\nc");
            filter.awaitLines(1, "B");
            filter.endInput();
            assertThat(filter.output()).isEqualTo("A\nB\nC\n"); // the last newline is the test's
            assertThat(filter.status()).isZero();
        }
    }

    @Test
    void aProgramWithASlashIsThatFile() throws Exception {
        Path program = Files.copy(Path.of(BelfryJar.worker("upper")), directory.resolve("echo"));
        assertThat(filter("a\n".getBytes(StandardCharsets.US_ASCII), program.toString()))
                .asString(StandardCharsets.US_ASCII)
                .isEqualTo("A\n");
    }

    @Test
    void argumentsAfterTheWorkerAreTheWorkers() throws Exception {
        Path err = directory.resolve("err");
        String worker = "echo \"got $*\" >&2; exec " + BelfryJar.worker("upper");
        // Were -w 0 the command's own, it would be wrong usage.
        String filter = BelfryJar.shell("filter", "-w", "1", "sh", "-c", worker, "sh", "-w", "0", "--timeout=3", "-c4");
        try (Run run = Run.shell("echo a | " + filter + " 2> " + err)) {
            assertThat(run.output()).isEqualTo("A\n");
            assertThat(err).hasContent("belfry: options of filter come before WORKER: sh gets -w, --timeout\n"
                    + "got -w 0 --timeout=3 -c4\n");
        }
    }

    /** What comes out of it. */
    private byte[] filter(byte[] input, String... arguments) throws Exception {
        Path in = Files.write(directory.resolve("input"), input);
        Path out = directory.resolve("output");
        String[] command =
                Stream.concat(Stream.of("filter"), Stream.of(arguments)).toArray(String[]::new);
        try (Run run = Run.shell(BelfryJar.shell(command) + " < " + in + " > " + out)) {
            assertThat(run.output()).isEmpty();
            assertThat(run.status()).isZero();
            assertThat(run.processes()).isEmpty();
            return Files.readAllBytes(out);
        }
    }
}
