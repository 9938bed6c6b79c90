package io.github.belfry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Path;
import org.apache.commons.io.FileUtils;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code belfry demo} shows what it promises, and notices when it doesn't come true. */
class DemoIT {
    @TempDir
    private Path directory = Path.of("");

    /** Ten workers report their signal, a pool loses nothing when a worker is killed, and nothing is left behind. */
    @Test
    void showsWhatItPromises() throws Exception {
        String temporary = "JAVA_TOOL_OPTIONS=-Djava.io.tmpdir=" + directory;
        try (Run demo = Run.shell(temporary + " exec " + BelfryJar.shell("demo"))) {
            assertThat(demo.output().lines())
                    .filteredOn(line -> line.endsWith("| get signal"))
                    .hasSize(10)
                    .doesNotHaveDuplicates();
            assertThat(demo.output().lines())
                    .filteredOn(line -> line.endsWith("exited with 0"))
                    .hasSize(11);
            assertThat(demo.output())
                    .contains(directory + "/belfry-demo-", " | www.vimer.cn\n")
                    .containsPattern("latency +p50 +p90 +p99 +p99\\.9 +max\n")
                    .containsPattern("microseconds( +[0-9,]+\\.[0-9]){5}\n")
                    .contains("100,000 of 100,000 replies were right, so nothing was lost.")
                    .containsPattern("1 worker died, [0-9]+, and another took its place\\. .* took up to [0-9.]+ ms")
                    .contains("All of it was as promised");
            assertThat(demo.status()).isZero();
            assertThat(demo.processes()).isEmpty();
            assertThat(directory).isEmptyDirectory();
        }
    }

    @Test
    @Tag("once")
    void aWrongReplyIsAFailure() throws Exception {
        replaceWorker("upper", BelfryJar.worker("echo"));
        expectFailure("belfry: 0 of 100,000 replies were right");
    }

    @Test
    @Tag("once")
    void aWorkerThatDoesNotReportItsSignalIsAFailure() throws Exception {
        replaceWorker("test_signal_recv", BelfryJar.worker("test_mmap_read"));
        expectFailure("belfry: worker ", "ended"); // before its signal or after
    }

    @Test
    @Tag("once")
    void aWorkerThatDoesNotSeeTheFileIsAFailure() throws Exception {
        replaceWorker("test_mmap_read", BelfryJar.testProgram("refuse"));
        expectFailure("belfry: worker ", "ended without printing \"www.vimer.cn\"");
    }

    /** Puts another program under a bundled worker's name before the jar's own. */
    private void replaceWorker(String worker, String replacement) throws Exception {
        String natives = "META-INF/native/" + System.getProperty("native.platform");
        FileUtils.copyFile(
                new File(replacement),
                directory.resolve(natives).resolve(worker).toFile());
    }

    private void expectFailure(String... reasons) throws Exception {
        try (Run demo = Run.of(BelfryJar.commandWith(directory, "demo"))) {
            assertThat(demo.output().lines()).last().asString().contains(reasons);
            assertThat(demo.status()).isEqualTo(1);
            assertThat(demo.processes()).isEmpty();
        }
    }
}
