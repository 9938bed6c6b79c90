package io.github.belfry.internal.pool;

import java.util.concurrent.TimeUnit;

/**
 * When a request was given to the pool, and by when it has to be answered; both on the clock of
 * {@link System#nanoTime}.
 *
 * @param givenNanos 0 when nothing depends on it
 * @param timeoutNanos {@link Deadlines#NEVER} when it may take for ever
 */
record Timing(long givenNanos, long timeoutNanos) {
    static final Timing NONE = new Timing(0, Deadlines.NEVER);

    static Timing of(long timeoutNanos) {
        return timeoutNanos == Deadlines.NEVER ? NONE : new Timing(System.nanoTime(), timeoutNanos);
    }

    long deadlineNanos() {
        return PoolOptions.later(givenNanos, timeoutNanos);
    }

    long timeoutMillis() {
        return TimeUnit.NANOSECONDS.toMillis(timeoutNanos);
    }
}
