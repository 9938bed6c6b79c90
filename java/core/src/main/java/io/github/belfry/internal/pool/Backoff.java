package io.github.belfry.internal.pool;

/** How long a slot waits before its next worker: deaths in a row that no request is to blame for make it longer. */
final class Backoff {
    private static final long FIRST_NANOS = 100_000_000L;
    private static final long LAST_NANOS = 30_000_000_000L;
    private static final int MAX_DOUBLINGS = 16;

    private int row;

    /** A reply, or a request that is settled, ends the row. */
    void progress() {
        row = 0;
    }

    /** Another one in the row; how long to wait now. */
    long died() {
        long delay = FIRST_NANOS << Math.min(row, MAX_DOUBLINGS);
        row++;
        return Math.min(delay, LAST_NANOS);
    }

    int deathsInARow() {
        return row;
    }
}
