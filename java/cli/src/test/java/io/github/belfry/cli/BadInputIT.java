package io.github.belfry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a command can't use: one line with the file or the argument and the reason, and status 1 or 2. */
@Tag("once")
class BadInputIT {
    private static final String PREPARED =
            "echo content >file; mkdir directory; mkfifo fifo; ln -s file link;" + " exec 3>&1 2>&3 >/dev/null 3>&-; ";

    @TempDir
    private Path directory = Path.of("");

    /** Arguments, redirections, the status and the first line, which the help follows on wrong usage. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
            mmap-write fifo         | -         | 1 | belfry: fifo: cannot be mapped: it is a FIFO, not a regular file
            mmap-write link         | -         | 1 | belfry: link: open: ELOOP, it is a symbolic link.*
            mmap-write /dev/full    | -         | 1 | belfry: .*/dev/full: cannot be mapped: it is a device.*
            mmap-write file/below   | -         | 1 | belfry: .*file/below: open: ENOTDIR, Not a directory
            mmap-write new          | >&-       | 1 | belfry: standard output can.t be written.*
            mmap-write a b c        | -         | 2 | Unmatched argument at index 3: .c.
            signal-send ./directory | -         | 1 | belfry: cannot start ./directory: .*EACCES.*
            filter -w 1 ./file      | </dev/null | 1 | belfry: cannot start ./file: .*EACCES.*
            stat 1 2                | -         | 2 | Unmatched argument at index 2: .2.
            """)
    void isNamedWithTheReason(String arguments, String streams, int status, String line) throws Exception {
        String command = BelfryJar.shell(arguments.split(" ")) + " " + (streams == null ? "" : streams);
        try (Run run = Run.shell("cd '" + directory + "'; " + PREPARED + command)) {
            assertThat(run.output().lines().findFirst())
                    .hasValueSatisfying(first -> assertThat(first).matches(line));
            assertThat(run.status()).isEqualTo(status);
            if (status == 1) {
                assertThat(run.output().lines()).hasSize(1);
            }
            assertThat(run.processes()).isEmpty();
        }
        assertThat(directory.resolve("file")).hasContent("content");
    }

    @Test
    void aFullDiskUnderTheFileIsAFailureThatLeavesWhatWasThere() throws Exception {
        String mount = "mount -t tmpfs -o size=8k,mode=755 tmpfs '" + directory + "'";
        try (Run mounted = Run.shell(mount)) {
            assumeTrue(mounted.status() == 0, "only root may mount");
        }
        try (Run write = Run.shell("cd '" + directory + "'; echo before >there; "
                + BelfryJar.shell("mmap-write", "there", "x".repeat(100_000)) + "; echo status $?; cat there; ls")) {
            assertThat(write.output())
                    .isEqualTo("belfry: there: fallocate (100000 bytes): ENOSPC, No space left on device\n"
                            + "status 1\nbefore\nthere\n");
        } finally {
            try (Run unmounted = Run.shell("umount '" + directory + "'")) {
                assertThat(unmounted.status()).isZero();
            }
        }
        assertThat(Files.list(directory)).isEmpty();
    }
}
