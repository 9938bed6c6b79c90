package io.github.belfry.internal.pool;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * When a request was given to the pool, and by when it has to be answered, both on the clock of
 * {@link System#nanoTime}; and what records how long it takes.
 *
 * @param givenNanos 0 when nothing depends on it
 * @param timeoutNanos {@link Deadlines#NEVER} when it may take for ever
 * @param trace null when it isn't recorded
 */
record Timing(long givenNanos, long timeoutNanos, @Nullable Trace trace) {
    static final Timing NONE = new Timing(0, Deadlines.NEVER, null);

    static Timing of(long timeoutNanos, @Nullable Trace trace) {
        return timeoutNanos == Deadlines.NEVER && trace == null
                ? NONE
                : new Timing(System.nanoTime(), timeoutNanos, trace);
    }

    /** Of a request that isn't in a future's hands: {@code failure} is null, or what its caller gets. */
    void ended(@Nullable Throwable failure) {
        if (trace != null) {
            trace.ended(failure);
        }
    }

    /** Before it lies in the ring of this worker, see {@link Trace#published}. */
    void published(int worker, boolean isOldest, boolean hasBegun) {
        if (trace != null) {
            trace.published(worker, isOldest, hasBegun);
        }
    }

    long deadlineNanos() {
        return PoolOptions.later(givenNanos, timeoutNanos);
    }

    long timeoutMillis() {
        return millis(timeoutNanos);
    }

    static long millis(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(nanos);
    }
}
