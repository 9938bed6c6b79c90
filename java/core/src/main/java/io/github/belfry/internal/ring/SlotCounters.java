package io.github.belfry.internal.ring;

import java.lang.invoke.VarHandle;
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

    /** What a hostile worker can change for ever is looked at no more often. */
    private static final int MAX_LOOKS = 300;

    /** A header whose words change at any time. */
    interface Header<E extends Exception> {
        /** The words as they are now. */
        ByteBuffer look() throws E;
    }

    /** {@code replies} is null while there is no incarnation. */
    public static SlotCounters of(ByteBuffer requests, @Nullable ByteBuffer replies) {
        return of(() -> requests, replies == null ? null : () -> replies);
    }

    /** Looks again while the master adds an incarnation to its sums: it would count not at all, in part, or twice. */
    static <E extends Exception> SlotCounters of(Header<E> requests, @Nullable Header<E> replies) throws E {
        SlotCounters counters;
        boolean isWhole;
        int looks = 0;
        do {
            long summed = (long) Layout.LONG.getAcquire(requests.look(), Layout.SUMMED);
            counters = look(requests.look(), replies, summed);
            VarHandle.acquireFence();
            isWhole = (summed & 1) == 0 && summed == get(requests.look(), Layout.SUMMED);
            if (!isWhole) {
                Thread.yield();
            }
        } while (!isWhole && ++looks < MAX_LOOKS);
        return counters;
    }

    private static <E extends Exception> SlotCounters look(
            ByteBuffer requests, @Nullable Header<E> replies, long summed) throws E {
        long busyNanos = replies == null ? 0 : busyNanos(replies, get(requests, Layout.ENDED_NANOS));
        ByteBuffer worker = replies == null ? null : replies.look();
        if (worker != null && get(worker, Layout.REPLIES_INCARNATION) <= summed / 2) {
            worker = null; // it is in the sums, or hasn't attached yet
            busyNanos = 0;
        }
        long answered = sum(requests, Layout.PAST_ANSWERED, worker, Layout.ANSWERED);
        return new SlotCounters(
                (int) Layout.INT.getAcquire(requests, Layout.SLOT),
                worker == null ? 0 : (int) Layout.INT.getAcquire(worker, Layout.PID),
                answered,
                sum(requests, Layout.PAST_FAULTS, worker, Layout.FAULTS),
                get(requests, Layout.DEATHS),
                get(requests, Layout.SUBMITTED),
                answered + get(requests, Layout.LEFT),
                get(requests, Layout.PAST_BUSY_NANOS) + busyNanos,
                sum(requests, Layout.PAST_WAKES, worker, Layout.WAKES),
                sum(requests, Layout.PAST_SIGNALS, worker, Layout.SIGNALS),
                sum(requests, Layout.PAST_RESCUES, worker, Layout.RESCUES) + get(requests, Layout.MASTER_RESCUES),
                (int) Layout.INT.getAcquire(requests, Layout.BREAKER_OPEN) != 0,
                get(requests, Layout.WITHDRAWN),
                get(requests, Layout.TIMED_OUT),
                new Queue(
                        get(requests, Layout.QUEUED),
                        get(requests, Layout.QUEUE_WITHDRAWN),
                        get(requests, Layout.QUEUE_TIMED_OUT)));
    }

    /** Until now, or until the worker's end. The clock counts if the worker was busy before and after it was read. */
    private static <E extends Exception> long busyNanos(Header<E> replies, long endedNanos) throws E {
        long busy = get(replies.look(), Layout.BUSY_NANOS);
        long before;
        long now;
        int looks = 0;
        do {
            before = busy;
            now = endedNanos == 0 ? System.nanoTime() : endedNanos;
            busy = get(replies.look(), Layout.BUSY_NANOS);
        } while (busy < 0 && busy != before && ++looks < MAX_LOOKS);
        return busyNanos(busy, now);
    }

    /** What a worker's {@code busy_nanos} says at a moment of {@link System#nanoTime}, which is CLOCK_MONOTONIC. */
    public static long busyNanos(long word, long nowNanos) {
        return word >= 0 ? word : Math.max(0, word + nowNanos);
    }

    private static long sum(ByteBuffer requests, int past, @Nullable ByteBuffer replies, int present) {
        return get(requests, past) + (replies == null ? 0 : get(replies, present));
    }

    private static long get(ByteBuffer header, int word) {
        return (long) Layout.LONG.getOpaque(header, word);
    }
}
