package io.github.belfry.internal.pool;

import io.github.belfry.Doorbell;
import io.github.belfry.PoolListener;
import io.github.belfry.internal.process.Launch;
import io.github.belfry.internal.ring.Layout;
import java.util.List;

/**
 * What a {@code WorkerPool.Builder} has collected. Times in nanoseconds.
 *
 * @param spinNanos of a caller that is alone, and its worker; of all others see {@link #steadySpinNanos}
 * @param crowded whether workers are as many as processors
 * @param requestTimeoutNanos {@link Deadlines#NEVER} for none
 * @param inFlightPerWorker 0: as many as are answered in about a millisecond
 * @param maxRequestsPerWorker 0: no worker is replaced
 * @param launches one for each worker
 */
public record PoolOptions(
        String name,
        long number,
        int workers,
        int ringBytes,
        int replyRingBytes,
        Doorbell doorbell,
        long spinNanos,
        boolean crowded,
        long requestTimeoutNanos,
        long executionTimeoutNanos,
        int inFlightPerWorker,
        long maxRequestsPerWorker,
        long startTimeoutNanos,
        int maxAttempts,
        long closeGraceNanos,
        int breakerDeaths,
        long breakerRetryNanos,
        boolean shutdownHook,
        PoolListener listener,
        List<Launch> launches) {

    /** As many receivers that look as there are processors would keep those from running that they wait for. */
    long steadySpinNanos() {
        return crowded ? 0 : spinNanos;
    }

    Launch launch(int slot) {
        return launches.get(slot);
    }

    /** A time that is so much later, or never. */
    static long later(long now, long nanos) {
        return nanos > Long.MAX_VALUE - now ? Long.MAX_VALUE : now + nanos;
    }

    int maxRequestBytes() {
        return ringBytes - Layout.RING_RESERVE;
    }

    int maxReplyBytes() {
        return replyRingBytes - Layout.RING_RESERVE;
    }
}
