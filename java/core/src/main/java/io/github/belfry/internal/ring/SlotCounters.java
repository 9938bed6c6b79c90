package io.github.belfry.internal.ring;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What a slot has counted over all its incarnations, read from the headers of its rings.
 *
 * @param index of the slot
 * @param pid 0 while there is no incarnation
 * @param settled submitted requests that are answered, given up or moved
 * @param breakerOpen of the whole pool
 */
public record SlotCounters(
        int index,
        long pid,
        long answered,
        long faults,
        long deaths,
        long submitted,
        long settled,
        long busyNanos,
        long wakes,
        long signals,
        long rescues,
        boolean breakerOpen,
        long withdrawn,
        long timedOut,
        Queue queue) {

    /** What waits in the pool and in no ring; the first slot has it, others zeroes. */
    public record Queue(long size, long withdrawn, long timedOut) {}

    /** {@code replies} is null while there is no incarnation. */
    public static SlotCounters of(ByteBuffer requests, @Nullable ByteBuffer replies) {
        long answered = sum(requests, Layout.PAST_ANSWERED, replies, Layout.ANSWERED);
        return new SlotCounters(
                (int) Layout.INT.getAcquire(requests, Layout.SLOT),
                replies == null ? 0 : (int) Layout.INT.getAcquire(replies, Layout.PID),
                answered,
                sum(requests, Layout.PAST_FAULTS, replies, Layout.FAULTS),
                get(requests, Layout.DEATHS),
                get(requests, Layout.SUBMITTED),
                answered + get(requests, Layout.LEFT),
                sum(requests, Layout.PAST_BUSY_NANOS, replies, Layout.BUSY_NANOS),
                sum(requests, Layout.PAST_WAKES, replies, Layout.WAKES),
                sum(requests, Layout.PAST_SIGNALS, replies, Layout.SIGNALS),
                sum(requests, Layout.PAST_RESCUES, replies, Layout.RESCUES) + get(requests, Layout.MASTER_RESCUES),
                (int) Layout.INT.getAcquire(requests, Layout.BREAKER_OPEN) != 0,
                get(requests, Layout.WITHDRAWN),
                get(requests, Layout.TIMED_OUT),
                new Queue(
                        get(requests, Layout.QUEUED),
                        get(requests, Layout.QUEUE_WITHDRAWN),
                        get(requests, Layout.QUEUE_TIMED_OUT)));
    }

    private static long sum(ByteBuffer requests, int past, @Nullable ByteBuffer replies, int present) {
        return get(requests, past) + (replies == null ? 0 : get(replies, present));
    }

    private static long get(ByteBuffer header, int word) {
        return (long) Layout.LONG.getOpaque(header, word);
    }
}
