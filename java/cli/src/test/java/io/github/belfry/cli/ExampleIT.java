package io.github.belfry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.InflaterInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example in Java: files of a directory through the worker zlib. */
@Tag("once")
class ExampleIT {
    @TempDir
    private Path directory = Path.of("");

    private Path from = Path.of("");
    private Path to = Path.of("");

    @BeforeEach
    void setUp() throws Exception {
        assumeTrue(Files.exists(Path.of(BelfryJar.worker("zlib"))), "built where there was no zlib.h");
        from = Files.createDirectory(directory.resolve("from"));
        to = directory.resolve("to");
    }

    private Run compress() throws Exception {
        return Run.of(BelfryJar.source("CompressDirectory.java", from.toString(), to.toString()));
    }

    @Test
    void eachFileIsThereCompressed() throws Exception {
        byte[] text = "what a text ".repeat(100_000).getBytes();
        Files.write(from.resolve("text"), text);
        Files.write(from.resolve("empty"), new byte[0]);
        try (Run run = compress()) {
            assertThat(run.output()).contains("empty: 0 -> 8 bytes", "text: 1200000 -> ");
            assertThat(run.status()).isZero();
        }
        assertThat(inflate(to.resolve("text.z"))).isEqualTo(text);
        assertThat(inflate(to.resolve("empty.z"))).isEmpty();
    }

    @Test
    void aFileThatIsTooLargeIsNamedAndTheOthersAreDone() throws Exception {
        Files.write(from.resolve("large"), new byte[(16 << 20) - 63]);
        Files.write(from.resolve("largest"), new byte[(16 << 20) - 64]);
        try (Run run = compress()) {
            assertThat(run.output()).contains("large: a request of 16777153 bytes", "largest: 16777152 -> ");
            assertThat(run.status()).isEqualTo(1);
        }
        assertThat(inflate(to.resolve("largest.z"))).hasSize((16 << 20) - 64);
    }

    private static byte[] inflate(Path file) throws Exception {
        return new InflaterInputStream(new ByteArrayInputStream(Files.readAllBytes(file))).readAllBytes();
    }

    @Test
    void wrongUsageIs2() throws Exception {
        try (Run run = Run.of(BelfryJar.source("CompressDirectory.java"))) {
            assertThat(run.output()).isEqualTo("usage: java CompressDirectory.java FROM TO\n");
            assertThat(run.status()).isEqualTo(2);
        }
    }
}
