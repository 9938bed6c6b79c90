package io.github.belfry.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JsonReportTest {
    private static final Report REPORT = Samples.report(
            Samples.row("vfork", Side.FLOOR, List.of(), 1000, 2000),
            Samples.row("direct", Side.OURS, List.of(new Target(50, "vfork", 1.3)), 1100, 2100),
            Samples.at(new Point("start", "Java", "workers", 10), "start-10", 5000));

    @TempDir
    private Path directory;

    @Test
    void whatIsReadIsWhatWasWritten() throws IOException {
        assertThat(read(JsonReport.write(REPORT))).isEqualTo(REPORT);
    }

    @Test
    void figuresCanBeReadWithoutDecodingAHistogram() {
        assertThat(JsonReport.write(REPORT)).contains("\"p99\": 2.1", "\"max\": 5.0");
    }

    @Test
    void errorsNameTheFileAndTheReason() {
        String json = JsonReport.write(REPORT);

        assertBroken("", "it is empty");
        assertBroken("# a table", "it isn't JSON");
        assertBroken(json.substring(0, json.length() / 2), "");
        assertBroken("{}", "its format is null");
        assertBroken(json.replace("\"format\": 1", "\"format\": 2"), "its format is 2, this program reads 1");
        assertBroken("{\"format\": 1}", "it has no report");
        assertBroken("{\"format\": 1, \"report\": {}}", "version");
        assertBroken(json.replace("\"unit\": \"MICROSECONDS\"", "\"unit\": \"WEEKS\""), "unit");
        assertBroken(json.replaceAll("\"hdr\": \"[^\"]{8}", "\"hdr\": \"AAAAAAAA"), "");
    }

    @Test
    void aMissingFileIsNamed() {
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> JsonReport.read(directory.resolve("none.json")))
                .withMessageContainingAll("none.json", "no such file");
    }

    private void assertBroken(String json, String reason) {
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> read(json))
                .withMessageContainingAll("report.json isn't a report of benchmarks", reason);
    }

    private Report read(String json) throws IOException {
        return JsonReport.read(Files.writeString(directory.resolve("report.json"), json));
    }
}
