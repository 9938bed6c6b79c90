package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class BackoffTest {
    private static final long SECOND = 1_000_000_000L;

    private final Backoff backoff = new Backoff();

    private static long[] millisOf(int deaths, LongSupplier death) {
        return LongStream.generate(death)
                .limit(deaths)
                .map(TimeUnit.NANOSECONDS::toMillis)
                .toArray();
    }

    @Test
    void doublesFrom100MillisecondsTo30Seconds() {
        assertThat(millisOf(11, backoff::diedBeforeReady))
                .containsExactly(100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000);
        assertThat(millisOf(1000, backoff::diedBeforeReady)).containsOnly(30_000);
    }

    @Test
    void progressEndsTheRow() {
        millisOf(5, backoff::diedBeforeReady);
        assertThat(backoff.deathsInARow()).isEqualTo(5);
        backoff.progress();
        assertThat(backoff.deathsInARow()).isZero();
        assertThat(millisOf(2, backoff::diedBeforeReady)).containsExactly(100, 200);
    }

    @Test
    void idleDeathsNeverCountAndWaitFromTheSixthQuickOneOn() {
        assertThat(millisOf(8, () -> backoff.diedIdle(SECOND - 1))).containsExactly(0, 0, 0, 0, 0, 100, 200, 400);
        assertThat(millisOf(1, () -> backoff.diedIdle(SECOND))).containsExactly(0);
        assertThat(millisOf(6, () -> backoff.diedIdle(0))).containsExactly(0, 0, 0, 0, 0, 100);
        backoff.progress();
        assertThat(millisOf(5, () -> backoff.diedIdle(0))).containsOnly(0);
        assertThat(backoff.deathsInARow()).isZero();
    }

    @Test
    void deathsWithARequestCountAndDoNotWait() {
        assertThat(millisOf(2, backoff::diedWithRequest)).containsOnly(0);
        assertThat(backoff.deathsInARow()).isEqualTo(2);
        assertThat(millisOf(1, backoff::diedBeforeReady)).containsExactly(100);
        assertThat(backoff.deathsInARow()).isEqualTo(3);
    }
}
