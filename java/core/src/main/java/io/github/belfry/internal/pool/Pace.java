package io.github.belfry.internal.pool;

/**
 * How long a pool's requests take their workers, as their replies tell: a moving average, in which the last eight weigh
 * as much as all before. Threads that take replies at the same time may lose one another's share; it is an estimate.
 */
public final class Pace {
    /** What a worker that sleeps costs until it runs. */
    static final long WAKE_NANOS = 10_000;

    /** How much work lies in a ring, so that its worker never waits for the next. */
    private static final long IN_FLIGHT_NANOS = 1_000_000;

    private static final int MIN_IN_FLIGHT = 2;

    /** Moving a request costs less than so long, and what takes no longer than that may fill its ring. */
    private static final long SHORT_NANOS = 10_000;

    private static final int OLD_REPLIES = 8;

    private final int fixedLimit;
    private volatile long averageNanos = IN_FLIGHT_NANOS;
    private volatile int limit;
    private volatile long nowNanos = System.nanoTime();

    /** {@code inFlightPerWorker} is 0 where the pace decides. */
    public Pace(int inFlightPerWorker) {
        fixedLimit = inFlightPerWorker;
        limit = fixedLimit > 0 ? fixedLimit : MIN_IN_FLIGHT;
    }

    /** A worker was busy for so long with so many requests. */
    void replied(long count, long nanos) {
        double average = (averageNanos * (double) OLD_REPLIES + nanos) / (OLD_REPLIES + count);
        averageNanos = Math.max(1, (long) average);
        if (fixedLimit == 0) {
            double enough = isShort() ? Integer.MAX_VALUE : Math.max(MIN_IN_FLIGHT, IN_FLIGHT_NANOS / average);
            limit = (int) Math.max(enough, limit - limit / OLD_REPLIES);
        }
    }

    /** A worker had nothing to do while requests waited elsewhere: more have to lie in its ring, for a while. */
    void starved() {
        if (fixedLimit == 0) {
            limit = Math.min(limit, Integer.MAX_VALUE / 2) * 2;
        }
    }

    /** Until there is a reply, a millisecond. */
    long averageNanos() {
        return averageNanos;
    }

    /** How many requests may lie in the ring of one worker. */
    int limit() {
        return limit;
    }

    /** Whether requests are so short that a worker answers them faster than they can be moved. */
    boolean isShort() {
        return averageNanos < SHORT_NANOS;
    }

    /** What the clock said when it was last looked at: at replies, or at the supervisor's last tick. */
    long nowNanos() {
        return nowNanos;
    }

    long lookAtClock() {
        long now = System.nanoTime();
        nowNanos = now;
        return now;
    }
}
