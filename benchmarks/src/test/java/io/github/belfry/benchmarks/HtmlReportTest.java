package io.github.belfry.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class HtmlReportTest {
    /** All that a browser would load; {@code url(#...)} and {@code href="#..."} stay in the page. */
    static final Pattern EXTERNAL = Pattern.compile(
            "<(link|script|iframe|object|embed|base)\\b|\\b(src|srcset|data)\\s*="
                    + "|href\\s*=\\s*[\"']?[^\"'#]|url\\(\\s*[\"']?[^#\"']"
                    + "|@import",
            Pattern.CASE_INSENSITIVE);

    private static final Report REPORT = Samples.report(
            Samples.row("vfork", Side.FLOOR, List.of(), 1000, 2000),
            Samples.row("direct", Side.OURS, List.of(new Target(50, "vfork", 1.3)), 1100, 2100),
            Samples.row("fork", Side.PEER, List.of(), 90_000, 91_000),
            Samples.at(new Point("idle", "Java", "workers", 1), "idle-1", 0),
            Samples.at(new Point("idle", "Java", "workers", 10), "idle-10", 0),
            Samples.at(new Point("start", "Java", "workers", 1), "start-1", 500),
            Samples.at(new Point("start", "Java", "workers", 10), "start-10", 5000));

    @Test
    void thePageNeedsNothingElse() throws IOException {
        assertThat(HtmlReport.write(REPORT)).doesNotContainPattern(EXTERNAL);
    }

    @Test
    void eachGroupHasCurvesAndBarsAndEachGrowthItsCurve() throws IOException {
        assertThat(HtmlReport.write(REPORT).split("<svg ")).hasSize(1 + 2 + 2);
    }

    @Test
    void idsAreUniqueInThePage() throws IOException {
        List<String> ids = Pattern.compile("\\bid=\"[^\"]*\"")
                .matcher(HtmlReport.write(REPORT))
                .results()
                .map(MatchResult::group)
                .toList();

        assertThat(ids).isNotEmpty().doesNotHaveDuplicates();
    }

    @Test
    void textIsNoMarkup() throws IOException {
        assertThat(HtmlReport.write(REPORT))
                .contains("<code>&lt;program&gt;</code>")
                .doesNotContain("<program>");
    }

    @Test
    void theTargetIsTheRatioOfMediansWithThatOfEachRound() {
        assertThat(Tables.targets(REPORT).markdown())
                .contains("the direct, p50 | the vfork | 1.07x | 1.05x to 1.10x | <= 1.30x | reached |");
    }

    @Test
    void thePictureShowsWhatWasMeasuredOrIsNone() {
        assertThat(Picture.draw(REPORT))
                .get()
                .asString()
                .startsWith("<svg xmlns=")
                .contains("fill:rgb(255,255,255)");
        Report none = new Report("1", "", REPORT.machine(), REPORT.effort(), REPORT.cpus(), List.of());
        assertThat(Picture.draw(none)).isEmpty();
    }
}
