package io.github.belfry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code belfry demo} shows what it promises, and notices when it doesn't come true. */
class DemoIT {
    @TempDir
    private Path directory = Path.of("");

    @Test
    void tenWorkersReportTheirSignalAndExitWith0() throws Exception {
        try (Run demo = Run.of(BelfryJar.command("demo"))) {
            assertThat(demo.output().lines())
                    .filteredOn(line -> line.endsWith("| get signal"))
                    .hasSize(10)
                    .doesNotHaveDuplicates();
            assertThat(demo.output().lines())
                    .filteredOn(line -> line.endsWith("exited with 0"))
                    .hasSize(11);
            assertThat(demo.output()).contains(" | www.vimer.cn\n", "All of it was as promised");
            assertThat(demo.status()).isZero();
        }
    }

    @Test
    void leavesNoFile() throws Exception {
        String temporary = "JAVA_TOOL_OPTIONS=-Djava.io.tmpdir=" + directory;
        try (Run demo = Run.shell(temporary + " exec " + BelfryJar.shell("demo"))) {
            assertThat(demo.output()).contains(directory + "/belfry-demo-");
            assertThat(directory).isEmptyDirectory();
        }
    }

    @Test
    void aWorkerThatDoesNotReportItsSignalIsAFailure() throws Exception {
        replaceWorker("test_signal_recv", "test_mmap_read");
        expectFailure("ended"); // before its signal or after
    }

    @Test
    void aWorkerThatDoesNotSeeTheFileIsAFailure() throws Exception {
        replaceWorker("test_mmap_read", "refuse");
        expectFailure("ended without printing \"www.vimer.cn\"");
    }

    /** Puts another program under a bundled worker's name before the jar's own. */
    private void replaceWorker(String worker, String replacement) throws Exception {
        Path natives =
                Files.createDirectories(directory.resolve("META-INF/native/" + System.getProperty("native.platform")));
        Path program = replacement.startsWith("test_")
                ? Path.of(BelfryJar.worker(replacement))
                : Path.of(BelfryJar.testProgram(replacement));
        Files.copy(program, natives.resolve(worker));
    }

    private void expectFailure(String reason) throws Exception {
        try (Run demo = Run.of(BelfryJar.commandWith(directory, "demo"))) {
            assertThat(demo.output().lines())
                    .last()
                    .asString()
                    .startsWith("belfry: worker ")
                    .contains(reason);
            assertThat(demo.status()).isEqualTo(1);
            assertThat(demo.processes()).isEmpty();
        }
    }
}
