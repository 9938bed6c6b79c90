package io.github.belfry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code belfry mmap-write}, read by the C program that maps the same file. */
@Tag("once")
class MmapWriteIT {
    @TempDir
    private Path directory = Path.of("");

    @Test
    void anotherProgramMapsWhatIsWritten() throws Exception {
        Path file = directory.resolve("greeting.txt");
        try (Run write = Run.of(BelfryJar.command("mmap-write", file.toString(), "grüße, é"));
                Run read = readAfter(write, file)) {
            assertThat(write.output()).isEqualTo(file + ": 11 bytes\n");
            assertThat(write.status()).isZero();
            assertThat(read.output()).isEqualTo("grüße, é\n");
        }
    }

    @Test
    void fileAndTextHaveDefaults() throws Exception {
        String command = "cd '" + directory + "' && exec " + BelfryJar.shell("mmap-write");
        Path file = directory.resolve("hello.txt");
        try (Run write = Run.shell(command);
                Run read = readAfter(write, file)) {
            assertThat(write.output()).isEqualTo("hello.txt: 12 bytes\n");
            assertThat(read.output()).isEqualTo("www.vimer.cn\n");
        }
    }

    @Test
    void aLongerFileIsReplaced() throws Exception {
        Path file = Files.writeString(directory.resolve("long.txt"), "something longer");
        try (Run write = Run.of(BelfryJar.command("mmap-write", file.toString(), "short"))) {
            assertThat(write.status()).isZero();
            assertThat(file).hasContent("short");
        }
    }

    @Test
    void aTextThatStartsWithAnAtIsNoFileOfArguments() throws Exception {
        Path file = directory.resolve("at.txt");
        try (Run write = Run.of(BelfryJar.command("mmap-write", file.toString(), "@" + file))) {
            assertThat(write.status()).isZero();
            assertThat(file).hasContent("@" + file);
        }
    }

    @Test
    void anEmptyTextIsWrongUsage() throws Exception {
        Path file = directory.resolve("empty.txt");
        try (Run write = Run.of(BelfryJar.command("mmap-write", file.toString(), ""))) {
            assertThat(write.output()).contains("TEXT is empty", "Usage: belfry mmap-write");
            assertThat(write.status()).isEqualTo(2);
            assertThat(file).doesNotExist();
        }
    }

    @Test
    void aDirectoryIsRefusedInOneLine() throws Exception {
        expectFailure("EISDIR, Is a directory", BelfryJar.shell("mmap-write", directory.toString()));
    }

    @Test
    void aMissingDirectoryIsRefusedInOneLine() throws Exception {
        expectFailure("ENOENT, No such file", BelfryJar.shell("mmap-write", directory + "/missing/hello.txt"));
    }

    @Test
    void aTextThatTheLocaleCantExpressIsRefusedInOneLine() throws Exception {
        Path file = directory.resolve("locale.txt");
        expectFailure("LC_ALL=C.UTF-8", "LC_ALL=C " + BelfryJar.shell("mmap-write", file.toString(), "grüße"));
        assertThat(file).doesNotExist();
    }

    @Test
    void aFullDiskUnderTheOutputIsAFailure() throws Exception {
        Path file = directory.resolve("unheard.txt");
        expectFailure("standard output", BelfryJar.shell("mmap-write", file.toString()) + " 2>&1 >/dev/full");
    }

    private static Run readAfter(Run write, Path file) throws Exception {
        write.status();
        return Run.of(List.of(BelfryJar.worker("test_mmap_read"), file.toString()));
    }

    private static void expectFailure(String reason, String shell) throws Exception {
        try (Run run = Run.shell(shell)) {
            assertThat(run.output()).matches("belfry: [^\n]*\n").contains(reason);
            assertThat(run.status()).isEqualTo(1);
        }
    }
}
