package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class BackoffTest {
    private final Backoff backoff = new Backoff();

    private long[] millisOf(int deaths) {
        return LongStream.generate(backoff::died)
                .limit(deaths)
                .map(TimeUnit.NANOSECONDS::toMillis)
                .toArray();
    }

    @Test
    void doublesFrom100MillisecondsTo30Seconds() {
        assertThat(millisOf(11)).containsExactly(100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000);
        assertThat(millisOf(1000)).containsOnly(30_000);
    }

    @Test
    void progressEndsTheRow() {
        millisOf(5);
        assertThat(backoff.deathsInARow()).isEqualTo(5);
        backoff.progress();
        assertThat(backoff.deathsInARow()).isZero();
        assertThat(millisOf(2)).containsExactly(100, 200);
    }
}
