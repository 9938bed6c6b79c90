package io.github.belfry.internal.pool;

import io.github.belfry.internal.ring.Layout;
import io.github.belfry.internal.ring.RingMemory;
import io.github.belfry.internal.ring.SlotCounters;
import io.github.belfry.internal.sys.Field;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** When a worker was last seen to go on with its work, by threads that see it by the way. */
final class Progress {
    private static final VarHandle SEEN_NANOS = Field.of(MethodHandles.lookup(), "seenNanos", long.class);

    /** Short requests are many, and a worker without a processor for a moment takes them up again. */
    private static final long STUCK_NANOS = 1_000_000;

    private static final long STUCK_WITH_SHORT_NANOS = 20_000_000;

    /** A wait for less isn't worth moving a request. */
    private static final long WORTH_NANOS = 2 * Pace.WAKE_NANOS;

    private final Pace pace;

    // What the worker had counted when replies were last taken; under the consumer lock.
    private long answered;
    private long busyNanos;

    @SuppressWarnings("unused") // by SEEN_NANOS
    private long seenNanos;

    Progress(Pace pace) {
        this.pace = pace;
    }

    /** It gets its first request. */
    void begun() {
        SEEN_NANOS.setOpaque(this, pace.lookAtClock());
    }

    /**
     * Under the consumer lock, after replies were taken. How long they took the worker says itself: this thread may have
     * come late.
     */
    void replied(RingMemory replies) {
        long now = pace.lookAtClock();
        SEEN_NANOS.setOpaque(this, now);
        long answeredNow = replies.get(Layout.ANSWERED);
        long busyNow = SlotCounters.busyNanos(replies.get(Layout.BUSY_NANOS), now);
        long count = answeredNow - answered;
        long nanos = busyNow - busyNanos;
        answered = answeredNow;
        busyNanos = busyNow;
        if (count > 0 && nanos > 0) { // or it is the next incarnation, or one that lies
            pace.replied(count, nanos);
        }
    }

    /** Whether it is worth moving requests that wait behind {@code before} others. */
    boolean isSlow(int before) {
        return isStuck() || !pace.isShort() && before * pace.averageNanos() > WORTH_NANOS;
    }

    /** Whether that was so long ago that its worker would long have begun a request, if it ran. */
    boolean isStuck() {
        long seen = (long) SEEN_NANOS.getOpaque(this);
        return pace.nowNanos() - seen > (pace.isShort() ? STUCK_WITH_SHORT_NANOS : STUCK_NANOS);
    }

    /**
     * How long a request that comes now waits for the {@code before} that are there; the oldest may take as long again,
     * unless a thread polls for its reply, which it does for a moment.
     */
    long waitNanos(int before, boolean polled) {
        long average = pace.averageNanos();
        long inHand = polled ? 0 : pace.nowNanos() - (long) SEEN_NANOS.getOpaque(this);
        return Math.max(average, inHand) + (before - 1) * average;
    }
}
