package io.github.belfry.internal.process;

import io.github.belfry.WorkerStartException;
import io.github.belfry.internal.sys.Deadline;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A thread of which this class loader has one at a time. It is started when it is needed and ends some time after it
 * was needed last, because a thread keeps its class loader. Who needs it holds it. Whether it ends is decided under the
 * lock that holds are taken under, so a thread that is about to end is given nothing to do:
 *
 * <pre>
 * a thread that starts a process             the thread itself
 *   hold: one hold more                        idle: nothing has come for a while
 *     (no thread: starts the next one)           and nobody holds it: it isn't the thread any more
 *   gives it something to do                       (a hold from here on starts the next one)
 *   release: one hold less                       and it is held: sleeps until something comes
 *     (the last one: wakes it, if it sleeps so)
 * </pre>
 */
final class OnDemand<T extends OnDemand.Sleeper> {
    static final long DEFAULT_IDLE_NANOS = 2_000_000_000L;
    static final long FOREVER = Deadline.NEVER;

    /** For how long a thread is kept that isn't needed. Only tests change it. */
    static volatile long idleNanos = DEFAULT_IDLE_NANOS;

    private final Starter<T> starter;

    // Changed under this object's monitor, under which nothing blocks.
    private volatile @Nullable T running;
    private int holds;
    private long releasedAtNanos;
    private boolean sleepsUntilWoken;

    OnDemand(Starter<T> starter) {
        this.starter = starter;
    }

    /** The work of such a thread. Called under the lock. */
    interface Sleeper {
        /** Has it call {@link OnDemand#idle} after the idle time. */
        void wake();

        /** Gives back what it has: nobody uses it any more. */
        void close();
    }

    interface Starter<T> {
        /** Starts the thread. */
        T start() throws WorkerStartException;
    }

    /** The running one, started if there is none; it doesn't end before {@link #release}. */
    synchronized T hold() throws WorkerStartException {
        T current = running;
        if (current == null) {
            current = starter.start();
            running = current;
        }
        holds++;
        return current;
    }

    /** One hold more, where there is one already. */
    synchronized void holdAgain() {
        holds++;
    }

    synchronized void release() {
        holds--;
        if (holds > 0) {
            return;
        }
        releasedAtNanos = System.nanoTime();
        if (sleepsUntilWoken) {
            Objects.requireNonNull(running).wake();
            sleepsUntilWoken = false;
        }
    }

    /**
     * For the thread itself, which got nothing to do for the idle time or for what this method said last.
     *
     * @return how long it may wait now for something to do; 0: it has to end
     */
    synchronized long idle() {
        sleepsUntilWoken = holds > 0;
        if (sleepsUntilWoken) {
            return FOREVER;
        }
        long left = idleNanos - (System.nanoTime() - releasedAtNanos);
        if (left > 0) {
            return left;
        }
        Objects.requireNonNull(running).close();
        running = null;
        return 0;
    }

    @Nullable
    T running() {
        return running;
    }
}
