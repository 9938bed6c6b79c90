package io.github.belfry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.apache.commons.io.FileUtils;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code belfry filter} with much to do. */
@Tag("once")
class FilterLoadIT {
    private static final Path TEXTS = Path.of("/usr/share/common-licenses");
    private static final int MILLION = 1_000_000;

    @TempDir
    private Path directory = Path.of("");

    @Test
    void aMillionLinesAreWhatTrMakesOfThem() throws Exception {
        assumeTrue(Files.isDirectory(TEXTS));
        Path in = directory.resolve("in");
        writeMillionLines(in);
        Path out = directory.resolve("out");
        Path expected = directory.resolve("expected");
        String filter = BelfryJar.shell("filter", "-w", "4", "upper");
        try (Run run = Run.shell(filter + " < " + in + " > " + out);
                Run tr = Run.shell("LC_ALL=C tr a-z A-Z < " + in + " > " + expected)) {
            assertThat(run.output()).isEmpty();
            assertThat(run.status()).isZero();
            assertThat(tr.status()).isZero();
            assertThat(Files.mismatch(out, expected)).isEqualTo(-1);
            assertThat(run.processes()).isEmpty();
        }
    }

    private static void writeMillionLines(Path file) throws IOException {
        List<String> lines = new ArrayList<>();
        for (File text : new TreeSet<>(FileUtils.listFiles(TEXTS.toFile(), null, false))) {
            lines.addAll(FileUtils.readLines(text, StandardCharsets.ISO_8859_1));
        }
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
            for (int i = 0; i < MILLION; i++) {
                out.write((i + " " + lines.get(i % lines.size()) + "\n").getBytes(StandardCharsets.ISO_8859_1));
            }
        }
    }

    /** Far more than the heap, in and out, with a reader that is slow at first: 3.2 MB in pieces of 16 bytes. */
    @Test
    void memoryStaysBounded() throws Exception {
        String options = "JAVA_TOOL_OPTIONS=-Xmx64m ";
        String lines = "head -c 400000000 /dev/zero | tr '\\0' x | fold -w 200000 | ";
        String filter = BelfryJar.shell("filter", "-w", "2", "echo") + " 2> " + directory.resolve("err");
        String reader = "{ dd bs=16 count=200000 iflag=fullblock of=/dev/null status=none; wc -c; }";
        try (Run run = Run.shell(lines + options + filter + " | " + reader)) {
            assertThat(run.output().strip()).isEqualTo(String.valueOf(400_000_000 + 2000 - 1 - 3_200_000));
            assertThat(directory.resolve("err")).content().doesNotContain("belfry:");
        }
    }
}
