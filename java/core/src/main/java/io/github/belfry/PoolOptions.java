package io.github.belfry;

/** What a {@link WorkerPool.Builder} has collected. Times in nanoseconds. */
record PoolOptions(
        String name,
        long number,
        int workers,
        int ringBytes,
        Doorbell doorbell,
        long spinNanos,
        long requestTimeoutNanos,
        long startTimeoutNanos,
        int maxAttempts,
        long closeGraceNanos,
        long trialNanos,
        Launch launch) {

    /** A time that is so much later, or never. */
    static long later(long now, long nanos) {
        return nanos > Long.MAX_VALUE - now ? Long.MAX_VALUE : now + nanos;
    }

    int maxRequestBytes() {
        return ringBytes - Layout.RING_RESERVE;
    }
}
