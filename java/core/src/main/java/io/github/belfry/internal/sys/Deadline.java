package io.github.belfry.internal.sys;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** When something has to be over, from now on; maybe never. */
public final class Deadline {
    public static final long NEVER = Long.MAX_VALUE;

    private final long startNanos = System.nanoTime();
    private final long nanos;

    /** Null: never. */
    public Deadline(@Nullable Duration timeout) {
        nanos = timeout == null ? NEVER : TimeUnit.NANOSECONDS.convert(timeout);
    }

    /** Zero or less: it is over. */
    public long leftNanos() {
        return nanos == NEVER ? NEVER : nanos - (System.nanoTime() - startNanos);
    }

    public boolean isOver() {
        return leftNanos() <= 0;
    }

    /** For poll(2) and its like: what is left. */
    public int leftMillis() {
        return millis(leftNanos());
    }

    /** A time as poll(2) and its like take it: rounded up; -1, no limit, for {@link #NEVER}. */
    public static int millis(long nanos) {
        if (nanos == NEVER) {
            return -1;
        }
        return (int) Math.max(0, Math.min(Integer.MAX_VALUE, 1 + TimeUnit.NANOSECONDS.toMillis(nanos - 1)));
    }
}
