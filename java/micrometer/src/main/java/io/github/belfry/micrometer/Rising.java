package io.github.belfry.micrometer;

import java.util.concurrent.atomic.LongAccumulator;
import java.util.function.ToLongFunction;

/**
 * A count that never falls. What a pool counts may fall by one, when a worker has died after it counted and before it
 * answered, and who collects metrics takes a counter that falls for one that began again at 0.
 */
final class Rising<T> {
    private final ToLongFunction<T> count;
    private final LongAccumulator highest = new LongAccumulator(Math::max, 0);

    Rising(ToLongFunction<T> count) {
        this.count = count;
    }

    long of(T counted) {
        highest.accumulate(count.applyAsLong(counted));
        return highest.get();
    }
}
