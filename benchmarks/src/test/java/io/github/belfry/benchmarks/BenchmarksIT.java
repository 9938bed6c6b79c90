package io.github.belfry.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The runnable jar, as a user starts it: the table has every row, with figures of any size. */
@Timeout(300)
class BenchmarksIT {
    private static final String JAR = System.getProperty("belfry.benchmarks.jar");
    private static final boolean ALL = Boolean.getBoolean("belfry.proofs");
    private static final List<String> BRIEF = List.of("signal", "mapping", "many", "allocation");

    @TempDir
    Path directory;

    /** Rows of some suites that have no peers; with {@code -Pproofs} all, which takes a minute. */
    @Test
    @Tag("once")
    void everyRowHasFiguresAndIsComparedWithAKeptRun() throws Exception {
        Path report = directory.resolve("report");
        List<String> arguments =
                new ArrayList<>(List.of("--rounds", "1", "--percent", "1", "--report", report.toString()));
        if (!ALL) {
            arguments.addAll(List.of("--only", String.join(",", BRIEF)));
        }
        Output output = run(arguments.toArray(String[]::new));

        assertThat(output.status()).as(output.error()).isZero();
        for (Suite suite : new Bench(new Effort(1, 1), ForkSettings.ofThisFork(), System.err).suites()) {
            for (Subject subject : suite.subjects()) {
                if (ALL || BRIEF.contains(suite.name())) {
                    double[] percentiles = percentilesOf(row(output.out(), subject));
                    assertThat(percentiles).hasSize(3).isSorted();
                    assertThat(percentiles[0]).isPositive();
                }
            }
        }
        assertThat(report.resolve("report.md")).hasContent(output.out());
        assertThat(Files.readString(report.resolve("report.html")))
                .doesNotContainPattern(HtmlReportTest.EXTERNAL)
                .contains("<svg ");
        if (ALL) {
            assertThat(report.resolve("report.svg")).as("the picture, mostly of peers").isNotEmptyFile();
        }
        Path kept = report.resolve("report.json");
        assertThat(JsonReport.read(kept).effort()).isEqualTo(new Effort(1, 1));
        checkComparisonWith(kept);
    }

    private void checkComparisonWith(Path kept) throws Exception {
        Output output = run(
                "--only", "mapping", "--rounds", "1", "--percent", "1", "--report", directory.toString(),
                "--baseline", kept.toString());

        assertThat(output.status()).as(output.error()).isZero();
        assertThat(output.out()).contains("## Compared with the kept run", "slower by more than the noise");
    }

    @Test
    void anInvalidBaselineIsOneLineAndStatusOneBeforeAnythingIsMeasured() throws Exception {
        Path kept = Files.writeString(directory.resolve("kept.json"), "{}");
        Output output = run("--baseline", kept.toString());

        assertThat(output.status()).isEqualTo(1);
        assertThat(output.error().lines()).singleElement().asString().contains(kept.toString(), "its format is null");
    }

    @Test
    void aMissingProgramIsOneLineAndStatusOne() throws Exception {
        Output output = run("--programs", directory.toString());

        assertThat(output.status()).isEqualTo(1);
        assertThat(output.out()).isEmpty();
        assertThat(output.error().lines()).singleElement().asString().contains(directory.toString(), "no such program");
    }

    /** The worker of the pool, which is measured after the floors, ends at once. */
    @Test
    void anExceptionInAForkIsOneLine() throws Exception {
        Path programs = Files.createDirectory(directory.resolve("programs"));
        Path built = ForkSettings.ofThisFork().programs();
        for (String program : List.of("bench_exit", "bench_signal_send", "bench_signal_recv")) {
            Files.copy(built.resolve(program), programs.resolve(program));
        }
        Path worker = Files.copy(built.resolve("bench_exit"), programs.resolve("bench_stamp_worker"));

        Output output = run(
                "--only", "signal", "--rounds", "1", "--percent", "1", "--report", directory.toString(),
                "--programs", programs.toString());

        assertThat(output.status()).isEqualTo(1);
        assertThat(output.error().lines().filter(line -> line.startsWith("benchmarks: ")))
                .singleElement().asString()
                .contains(worker.toString(), "code=0", directory.resolve("jmh.log").toString());
    }

    @Test
    void wrongUsageIsStatusTwo() throws Exception {
        assertThat(run("--rounds", "0").status()).isEqualTo(2);
        assertThat(run("--cpus", "0").status()).isEqualTo(2);
        assertThat(run("--only", "none").status()).isEqualTo(2);
    }

    private static String row(String table, Subject subject) {
        return table.lines()
                .filter(line -> line.contains("| " + subject.group() + " | " + subject.title() + " |"))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no row for " + subject + " in:\n" + table));
    }

    /** p50, p90 and p99, which follow the title. */
    private static double[] percentilesOf(String row) {
        String[] cells = row.split("\\|");
        return Arrays.stream(cells, 3, 6)
                .map(cell -> cell.trim().split(" ")[0])
                .mapToDouble(Double::parseDouble)
                .toArray();
    }

    private record Output(int status, String out, String error) {}

    private Output run(String... arguments) throws IOException, InterruptedException {
        Path out = directory.resolve("out");
        Path error = directory.resolve("error");
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        // Another benchmark that runs on this machine spoils figures, but not this test.
        List<String> command = new ArrayList<>(List.of(java, "-Djmh.ignoreLock=true", "-jar", JAR));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(error.toFile())
                .start();
        try {
            assertThat(process.waitFor(240, TimeUnit.SECONDS)).as("has ended").isTrue();
        } finally {
            process.destroy();
        }
        return new Output(process.exitValue(), Files.readString(out), Files.readString(error));
    }
}
