package io.github.belfry.internal.pool;

/**
 * The deaths in a row of a slot's workers: how long it waits before its next one, and how many count for the breaker.
 * Ends that were asked for are no deaths here.
 *
 * <pre>
 *                                    waits                         counts
 *   before it was ready              100 ms, doubled up to 30 s    yes
 *   with a request in hand           no                            yes
 *   idle, within 1 s of ready        from the sixth in a row on    no
 *   idle, later                      no                            no
 * </pre>
 */
final class Backoff {
    private static final long FIRST_NANOS = 100_000_000L;
    private static final long LAST_NANOS = 30_000_000_000L;
    private static final int MAX_DOUBLINGS = 16;
    private static final long QUICK_NANOS = 1_000_000_000L;
    private static final int QUICK_DEATHS_AT_ONCE = 5;

    private int deaths;
    private int failedStarts;
    private int quickDeaths;

    /** A reply, or a request that fails because a worker has died, ends the row. */
    void progress() {
        deaths = 0;
        failedStarts = 0;
        quickDeaths = 0;
    }

    /** How long to wait now. */
    long died(Worker worker, boolean withRequest) {
        if (!worker.wasReady()) {
            return diedBeforeReady();
        }
        return withRequest ? diedWithRequest() : diedIdle(worker.readyNanos());
    }

    /** Or could not be started. */
    long diedBeforeReady() {
        deaths++;
        return delay(failedStarts++);
    }

    long diedWithRequest() {
        deaths++;
        return 0;
    }

    /** So long after it was ready. */
    long diedIdle(long readyNanos) {
        quickDeaths = readyNanos < QUICK_NANOS ? quickDeaths + 1 : 0;
        return quickDeaths <= QUICK_DEATHS_AT_ONCE ? 0 : delay(quickDeaths - QUICK_DEATHS_AT_ONCE - 1);
    }

    private static long delay(int before) {
        return Math.min(FIRST_NANOS << Math.min(before, MAX_DOUBLINGS), LAST_NANOS);
    }

    /** Those that count for the breaker. */
    int deathsInARow() {
        return deaths;
    }
}
