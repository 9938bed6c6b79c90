package io.github.belfry.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.benchmarks.Comparison.Line;
import io.github.belfry.benchmarks.Comparison.Verdict;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class ComparisonTest {
    private static final Offset<Double> NEAR = Offset.offset(0.005);

    private static Line p50(long[] before, long[] now) {
        Report kept = Samples.report(Samples.ours("call", before));
        Report found = Samples.report(Samples.ours("call", now));
        return Comparison.of(kept, found).lines().get(0);
    }

    private static long[] nanos(long... nanos) {
        return nanos;
    }

    @Test
    void aMedianThatWentUpByMoreThanTheForksLieApartIsSlower() {
        Line line = p50(nanos(1000, 1010, 1020), nanos(1190, 1200, 1210));

        assertThat(line.verdict()).isEqualTo(Verdict.SLOWER);
        assertThat(line.change()).isCloseTo(0.188, NEAR);
        assertThat(line.noise()).isCloseTo(0.02, NEAR);
    }

    @Test
    void aMedianThatWentDownByMoreThanTheForksLieApartIsFaster() {
        assertThat(p50(nanos(1190, 1200, 1210), nanos(1000, 1010, 1020)).verdict())
                .isEqualTo(Verdict.FASTER);
    }

    @Test
    void forksThatOverlapAreNoise() {
        assertThat(p50(nanos(1000, 1010, 1300), nanos(1200, 1400, 1450)).verdict())
                .isEqualTo(Verdict.SAME);
    }

    @Test
    void aChangeThatIsLessThanTheForksLieApartIsNoiseEvenIfTheyDoNotOverlap() {
        assertThat(p50(nanos(1000, 1190, 1200), nanos(1210, 1220, 1230)).verdict())
                .isEqualTo(Verdict.SAME);
    }

    @Test
    void aZeroThatStaysZeroIsTheSame() {
        Line line = p50(nanos(0, 0), nanos(0, 0));

        assertThat(line.verdict()).isEqualTo(Verdict.SAME);
        assertThat(line.change()).isZero();
    }

    @Test
    void rowsThatOnlyOneRunHasAreLeftOut() {
        Report kept = Samples.report(Samples.ours("gone", 10), Samples.ours("call", 10));
        Report found = Samples.report(Samples.ours("call", 10), Samples.ours("new", 10));

        assertThat(Comparison.of(kept, found).lines())
                .hasSize(2)
                .allMatch(line -> line.name().contains("the call"));
        assertThat(Comparison.of(Samples.report(), found).markdown()).contains("no row in common");
    }

    @Test
    void theSameRunTwiceHasNothingSlowerAndNoWarnings() {
        Report report = Samples.report(Samples.ours("call", 1000, 1010, 1100));
        Comparison comparison = Comparison.of(report, report);

        assertThat(comparison.warnings()).isEmpty();
        assertThat(comparison.markdown())
                .contains("Nothing became slower by more than the noise (median 9.9 %, largest 9.9 %).");
    }

    @Test
    void whatBecameSlowerIsCountedAndMarked() {
        Report kept = Samples.report(Samples.ours("call", 1000), Samples.ours("submit", 1000));
        Report found = Samples.report(Samples.ours("call", 2000), Samples.ours("submit", 1000));

        assertThat(Comparison.of(kept, found).markdown())
                .contains(
                        "2 of 4 figures became slower",
                        "the call, p50 | 1.00 us | 2.00 | +100.0 % | 0.0 % | **slower** |");
    }

    @Test
    void anotherMachineOrEffortIsAWarningAnotherDateIsNot() {
        Row row = Samples.ours("call", 10);
        Report kept = Samples.report(Map.of("Kernel", "Linux 5", Machine.DATE, "monday"), Samples.EFFORT, row);
        Report found = Samples.report(Map.of("Kernel", "Linux 6", Machine.DATE, "tuesday"), new Effort(1, 100), row);

        assertThat(Comparison.of(kept, found).warnings())
                .satisfiesExactly(
                        kernel -> assertThat(kernel).contains("Kernel", "Linux 5", "Linux 6"),
                        rounds -> assertThat(rounds).contains("Rounds", "3", "1"),
                        noise -> assertThat(noise).contains("no noise"));
        assertThat(List.of(Comparison.of(kept, found).markdown().split("\n")))
                .filteredOn(line -> line.startsWith("- **Warning:**"))
                .hasSize(3);
    }
}
