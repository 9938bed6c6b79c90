package io.github.belfry.internal.pool;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where submitters wait while every ring is full or taken, first come, first served: while one waits no other
 * overtakes, so a large request isn't starved by small ones.
 */
final class WaitingLine {
    private final ReentrantLock turn = new ReentrantLock(true);
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private volatile boolean waiting;

    /** Whether a submitter waits, so that a new one has to queue behind. */
    boolean isAwaited() {
        return waiting;
    }

    /** How many submitters wait, more or less. */
    int length() {
        return waiting ? turn.getQueueLength() + 1 : 0;
    }

    /** There may be room now: to be called after that was stored. Costs one load while no submitter waits. */
    void changed() {
        if (waiting) {
            lock.lock();
            try {
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    /**
     * Blocks until {@code attempt} gives something; null when that takes too long, or is {@code worthwhile} no more.
     */
    <T> @Nullable T await(Supplier<@Nullable T> attempt, BooleanSupplier worthwhile, long timeoutNanos)
            throws InterruptedException {
        long start = System.nanoTime();
        if (!turn.tryLock(timeoutNanos, TimeUnit.NANOSECONDS)) {
            return null;
        }
        try {
            lock.lock();
            try {
                waiting = true;
                T got = attempt.get();
                long left = timeoutNanos - (System.nanoTime() - start);
                while (got == null && left > 0 && worthwhile.getAsBoolean()) {
                    left = changed.awaitNanos(left);
                    got = attempt.get();
                }
                return got;
            } finally {
                waiting = turn.hasQueuedThreads();
                lock.unlock();
            }
        } finally {
            turn.unlock();
        }
    }
}
