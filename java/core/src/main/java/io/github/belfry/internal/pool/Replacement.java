package io.github.belfry.internal.pool;

import io.github.belfry.PoolUnavailableException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Replaces workers that run, one at a time, so that the others serve meanwhile: those that are asked for, and those that
 * have answered {@code maxRequestsPerWorker}, unless they have sessions. One that is replaced finishes the request in
 * hand; what lies behind it moves to others, or waits for the next. For the supervisor, but for {@link #ask}.
 */
final class Replacement {
    private final PoolOptions options;
    private final List<Recovery> recoveries;
    private final Queue<One> asked = new ArrayDeque<>(); // guarded by this
    private @Nullable One current;
    private boolean over; // guarded by this

    Replacement(PoolOptions options, List<Recovery> recoveries) {
        this.options = options;
        this.recoveries = recoveries;
    }

    /** The replacement of a worker. */
    private static final class One {
        private final Recovery recovery;
        private final CompletableFuture<Void> done = new CompletableFuture<>();
        private @Nullable Incarnation old;
        private boolean hasEnded;
        private long dueNanos;

        One(Recovery recovery) {
            this.recovery = recovery;
        }
    }

    /** For any thread: completes when the worker of this slot has been replaced by one that is ready. */
    synchronized CompletableFuture<Void> ask(int slot) {
        One one = new One(recoveries.get(slot));
        if (over) {
            one.done.completeExceptionally(ending());
        } else {
            asked.add(one);
        }
        return one.done;
    }

    private PoolUnavailableException ending() {
        return new PoolUnavailableException("pool " + options.name() + ": it is closed", false);
    }

    boolean isUnderWay() {
        return current != null;
    }

    void proceed(long now) {
        if (current == null) {
            current = next(now);
        }
        if (current != null && (current.done.isDone() || isOver(current, now))) {
            current = null;
        }
    }

    private @Nullable One next(long now) {
        One next;
        synchronized (this) {
            next = asked.poll();
        }
        for (int i = 0; i < recoveries.size() && next == null && options.maxRequestsPerWorker() > 0; i++) {
            next = isUsedUp(recoveries.get(i)) ? new One(recoveries.get(i)) : null;
        }
        if (next != null) {
            next.dueNanos = PoolOptions.later(now, options.startTimeoutNanos());
        }
        return next;
    }

    private boolean isUsedUp(Recovery recovery) {
        Incarnation incarnation = recovery.worker().running();
        return recovery.worker().state() == Worker.State.READY
                && incarnation != null
                && incarnation.reader().answers() >= options.maxRequestsPerWorker()
                && incarnation.sessions() == 0;
    }

    private boolean isOver(One one, long now) {
        Worker worker = one.recovery.worker();
        Incarnation incarnation = worker.incarnation();
        if (worker.state() == Worker.State.READY && incarnation != null && incarnation != one.old) {
            if (one.old != null) {
                one.done.complete(null);
                return true;
            }
            one.old = incarnation;
            one.dueNanos = patience(now);
            incarnation.replace();
        } else if (one.old != null && incarnation != one.old && !one.hasEnded) {
            one.hasEnded = true;
            one.dueNanos = PoolOptions.later(now, options.startTimeoutNanos());
        }
        if (now < one.dueNanos) {
            return false;
        }
        if (incarnation != null && incarnation == one.old) {
            incarnation.kill(); // it didn't end by SIGTERM
            one.dueNanos = PoolOptions.later(now, options.startTimeoutNanos());
            return false;
        }
        one.done.completeExceptionally(new PoolUnavailableException(
                "pool " + options.name() + ": worker " + one.recovery.slot().index()
                        + " was replaced by one that isn't ready in time: " + one.recovery.lastEnd(),
                false));
        return true;
    }

    /** As long as the request in hand may take, and then the worker to end. */
    private long patience(long now) {
        return PoolOptions.later(PoolOptions.later(now, options.executionTimeoutNanos()), options.closeGraceNanos());
    }

    /** The pool ends. */
    void end() {
        synchronized (this) {
            over = true;
        }
        if (current != null) {
            current.done.completeExceptionally(ending());
        }
        for (One one = asked.poll(); one != null; one = asked.poll()) {
            one.done.completeExceptionally(ending());
        }
    }
}
