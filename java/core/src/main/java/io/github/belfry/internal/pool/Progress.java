package io.github.belfry.internal.pool;

import io.github.belfry.internal.sys.Field;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** When a worker was last seen to go on with its work, by threads that see it by the way. */
final class Progress {
    private static final VarHandle SEEN_NANOS = Field.of(MethodHandles.lookup(), "seenNanos", long.class);

    private static final long STUCK_NANOS = 1_000_000;

    private final Pace pace;

    @SuppressWarnings("unused") // by SEEN_NANOS
    private long seenNanos;

    Progress(Pace pace) {
        this.pace = pace;
    }

    /** It gets its first request. */
    void begun() {
        SEEN_NANOS.setOpaque(this, pace.lookAtClock());
    }

    /** Under the consumer lock: so many replies were taken. */
    void replied(int count) {
        long now = pace.lookAtClock();
        pace.replied(count, now - (long) SEEN_NANOS.getOpaque(this));
        SEEN_NANOS.setOpaque(this, now);
    }

    /** Whether that was so long ago that its worker would long have begun a request, if it ran. */
    boolean isStuck() {
        return pace.nowNanos() - (long) SEEN_NANOS.getOpaque(this) > STUCK_NANOS;
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
