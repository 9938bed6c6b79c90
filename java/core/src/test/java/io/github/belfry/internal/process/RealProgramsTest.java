package io.github.belfry.internal.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.belfry.CompletedProcess;
import io.github.belfry.WorkerProcess;
import io.github.belfry.support.TestPrograms;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs that users run, each with its own way to read and to write. One that isn't installed is skipped. */
class RealProgramsTest {
    private static final int LINES = 200_000;

    @TempDir
    Path temp;

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** It writes nothing before it has read all. */
    @Test
    void sortSorts() throws Exception {
        TestPrograms.assumeInstalled("sort");
        String shuffled = new SplittableRandom(1)
                .ints(LINES, 0, LINES)
                .mapToObj(String::valueOf)
                .collect(Collectors.joining("\n", "", "\n"));
        CompletedProcess process =
                WorkerProcess.command("sort", "-n").run(bytes(shuffled), null).check();
        assertThat(process.output().lines().mapToInt(Integer::parseInt))
                .hasSize(LINES)
                .isSorted();
    }

    /** It writes while it reads. */
    @Test
    void gzipUnpacksWhatItHasPacked() throws Exception {
        TestPrograms.assumeInstalled("gzip");
        byte[] numbers = bytes(IntStream.range(0, LINES).mapToObj(String::valueOf).collect(Collectors.joining(" ")));
        WorkerProcess.Builder pack = WorkerProcess.command("gzip", "-c");
        byte[] packed = pack.run(numbers, null).check().stdout();
        assertThat(packed).startsWith(0x1f, 0x8b);
        CompletedProcess process =
                WorkerProcess.pipeline(pack, WorkerProcess.command("gzip", "-dc")).run(numbers, null);
        assertThat(Arrays.equals(process.check().stdout(), numbers)).isTrue();
        CompletedProcess damaged = WorkerProcess.command("gzip", "-dc").run(new byte[] {1, 2, 3}, null);
        assertThat(damaged.succeeded()).isFalse();
        assertThat(damaged.error()).contains("gzip");
    }

    @Test
    void bcCalculates() throws Exception {
        TestPrograms.assumeInstalled("bc");
        assertThat(WorkerProcess.command("bc").run(bytes("2^100\nscale=3; 1/3\n"), null).check().output())
                .isEqualTo("1267650600228229401496703205376\n.333\n");
    }

    @Test
    void bashSubstitutesProcesses() throws Exception {
        TestPrograms.assumeInstalled("bash", "diff");
        assertThat(WorkerProcess.command("bash", "-c", "diff <(seq 3) <(seq 4)").run().output())
                .isEqualTo("3a4\n> 4\n");
    }

    @Test
    void pythonReadsAndWritesByTurns() throws Exception {
        TestPrograms.assumeInstalled("python3");
        Path script = Files.writeString(temp.resolve("upper.py"), """
                import sys
                for number, line in enumerate(sys.stdin):
                    print(line.strip().upper(), flush=True)
                    if number % 10000 == 0:
                        print(number, file=sys.stderr)
                sys.exit(7)
                """);
        String input = "grüße\n".repeat(LINES);
        CompletedProcess process = WorkerProcess.command("python3", script.toString())
                .environment("PYTHONIOENCODING", "utf-8")
                .run(bytes(input), null);
        assertThat(process.output()).isEqualTo("GRÜSSE\n".repeat(LINES));
        assertThat(process.error()).startsWith("0\n10000\n");
        assertThat(process.exit()).hasToString("Exited[code=7]");
    }

    /** On a pseudo terminal, whose lines end as a terminal's do. */
    @Test
    void scriptGivesAProgramATerminal() throws Exception {
        TestPrograms.assumeInstalled("script");
        CompletedProcess process = WorkerProcess.command(
                        "script", "-qec", "test -t 1 && echo a terminal; exit 3", "/dev/null")
                .newSession(true)
                .run();
        assertThat(process.output()).contains("a terminal\r\n");
        assertThat(process.exit()).hasToString("Exited[code=3]");
    }

    /** A picture out of nothing, and a smaller one out of that. */
    @Test
    void imageMagickConvertsPictures() throws Exception {
        TestPrograms.assumeInstalled("convert");
        String version = WorkerProcess.command("convert", "-version").run().output();
        assumeTrue(version.startsWith("Version: ImageMagick"), "this machine's convert is another");
        CompletedProcess png = WorkerProcess.command("convert", "-size", "64x64", "xc:red", "png:-")
                .run()
                .check();
        assertThat(new String(png.stdout(), StandardCharsets.ISO_8859_1)).startsWith("\u0089PNG");
        CompletedProcess smaller = WorkerProcess.command("convert", "png:-", "-resize", "8x8", "-depth", "8", "ppm:-")
                .run(png.stdout(), null)
                .check();
        assertThat(new String(smaller.stdout(), StandardCharsets.ISO_8859_1)).startsWith("P6\n8 8\n255\n");
    }

    @Test
    void ffmpegReadsAndWritesPipes() throws Exception {
        TestPrograms.assumeInstalled("ffmpeg");
        CompletedProcess wav = WorkerProcess.command(
                        "ffmpeg", "-v", "error", "-f", "s16le", "-ar", "8000", "-ac", "1", "-i", "-", "-f", "wav", "-")
                .run(new byte[2_000_000], null)
                .check();
        assertThat(new String(wav.stdout(), 0, 4, StandardCharsets.ISO_8859_1)).isEqualTo("RIFF");
        assertThat(wav.stdout()).hasSizeGreaterThan(2_000_000);
    }
}
