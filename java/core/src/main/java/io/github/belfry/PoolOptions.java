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

    int maxRequestBytes() {
        return ringBytes - Layout.RING_RESERVE;
    }
}
