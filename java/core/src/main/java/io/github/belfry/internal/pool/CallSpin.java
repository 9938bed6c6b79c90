package io.github.belfry.internal.pool;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * How long a call polls for its reply, and its worker for the next request. Where workers are as many as processors that
 * is for few calls at a time: each takes two processors, which others may need.
 */
final class CallSpin {
    static final int PROCESSORS = Runtime.getRuntime().availableProcessors();
    private static final int MOST = Math.max(1, PROCESSORS / 2);

    private final boolean limited;
    private final long nanos;
    private final AtomicInteger calls = new AtomicInteger();

    CallSpin(PoolOptions options) {
        limited = options.crowded();
        nanos = options.spinNanos();
    }

    /** A call begins, and may poll for so long. {@link #end} has to follow. */
    long begin() {
        return !limited || calls.incrementAndGet() <= MOST ? nanos : 0;
    }

    void end() {
        if (limited) {
            calls.decrementAndGet();
        }
    }
}
