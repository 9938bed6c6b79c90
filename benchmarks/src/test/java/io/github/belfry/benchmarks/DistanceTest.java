package io.github.belfry.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.benchmarks.Distance.Placed;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

/** Which forks of the rows of a suite are compared. */
class DistanceTest {
    private static List<Placed> forksAt(double... distances) {
        List<Placed> forks = new ArrayList<>();
        for (double distance : distances) {
            Histogram fork = Latencies.empty();
            fork.recordValue((long) distance + 1);
            forks.add(new Placed(fork, distance));
        }
        return forks;
    }

    private static Histogram fork(List<Placed> row, int index) {
        return row.get(index).fork();
    }

    @Test
    void theDistanceIsWhereMostRowsHaveAForkThoughMoreForksAreElsewhere() {
        assertThat(Distance.commonest(List.of(forksAt(100, 440, 440, 440), forksAt(100), forksAt(110, 440))))
                .isBetween(100.0, 110.0);
    }

    @Test
    void ofSeveralDistancesItIsWhereMostForksAre() {
        assertThat(Distance.commonest(List.of(forksAt(50, 440), forksAt(440, 430, 50))))
                .isBetween(430.0, 440.0);
    }

    @Test
    void forksDuringWhichItChangedAreNowhere() {
        assertThat(Distance.commonest(List.of(forksAt(0, 0, 100), forksAt(0, 0))))
                .isEqualTo(100);
        assertThat(Distance.commonest(List.of(forksAt(0), forksAt(0)))).isZero();
    }

    @Test
    void onlyForksAtTheDistanceAreCompared() {
        List<Placed> row = forksAt(100, 440, 0, 120);
        assertThat(Distance.at(105, row)).containsExactly(fork(row, 0), fork(row, 3));
        assertThat(Distance.has(row, 105)).isTrue();
    }

    @Test
    void aRowThatWasNeverThereKeepsAll() {
        List<Placed> row = forksAt(440, 0);
        assertThat(Distance.at(105, row)).containsExactly(fork(row, 0), fork(row, 1));
        assertThat(Distance.has(row, 105)).isFalse();
    }

    @Test
    void whereItDoesNotMatterAllForksAreCompared() {
        List<Placed> row = List.of(Placed.anywhere(Latencies.empty()), Placed.anywhere(Latencies.empty()));
        assertThat(Distance.at(Distance.commonest(List.of(row)), row)).hasSize(2);
        assertThat(Distance.has(List.of(Placed.anywhere(Latencies.empty())), 100)).isTrue();
    }
}
