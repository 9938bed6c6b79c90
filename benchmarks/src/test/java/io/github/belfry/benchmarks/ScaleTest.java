package io.github.belfry.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class ScaleTest {
    private static Scale of(double... values) {
        return Scale.of(DoubleStream.of(values));
    }

    @Test
    void endsAreOneTwoOrFiveTimesAPowerOfTen() {
        assertThat(of(13, 420)).isEqualTo(new Scale(10, 500));
        assertThat(of(20, 1000)).isEqualTo(new Scale(20, 1000));
        assertThat(of(0.07)).isEqualTo(new Scale(0.05, 0.1));
        assertThat(of(1)).isEqualTo(new Scale(1, 2));
    }

    @Test
    void manyDecadesHaveLabelsAtDecadesOnly() {
        assertThat(of(10, 100).ticks()).containsExactly(10.0, 20.0, 50.0, 100.0);
        assertThat(of(10, 10_000).ticks()).containsExactly(10.0, 100.0, 1000.0, 10_000.0);
    }

    @Test
    void labelsHaveNoExponent() {
        assertThat(DoubleStream.of(0.05, 1, 5000, 20_000, 1_000_000).mapToObj(Scale::shorten))
                .containsExactly("0.05", "1", "5000", "20k", "1M");
    }
}
