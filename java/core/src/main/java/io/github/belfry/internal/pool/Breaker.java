package io.github.belfry.internal.pool;

import io.github.belfry.WorkerDiedException;
import io.github.belfry.internal.ring.Layout;
import java.util.List;

/**
 * Stops a pool whose workers die one after the other without ever answering: what is queued fails, requests are
 * refused, and one worker is tried now and then. The first that gets ready closes it. For the supervisor.
 */
final class Breaker {
    private final PoolOptions options;
    private final List<Recovery> recoveries;
    private final Dispatcher dispatcher;
    private final Events events;
    private boolean open;
    private long nextTrialNanos;
    private int trial;

    Breaker(PoolOptions options, List<Recovery> recoveries, Dispatcher dispatcher, Events events) {
        this.options = options;
        this.recoveries = recoveries;
        this.dispatcher = dispatcher;
        this.events = events;
    }

    /** A worker has, or couldn't be started. */
    void died() {
        if (open || !recoveries.stream().allMatch(Recovery::hasGivenUp)) {
            return;
        }
        setOpen(true);
        nextTrialNanos = PoolOptions.later(System.nanoTime(), options.breakerRetryNanos());
        LastEnd last = recoveries.get(0).lastEnd();
        String reason =
                "every worker has died " + options.breakerDeaths() + " times in a row without an answer, last: " + last;
        String message = "pool " + options.name() + ": " + reason;
        events.breakerOpened(reason);
        dispatcher.failAll(
                reason,
                request ->
                        new WorkerDiedException(message, last.exit(), request.blames, last.stderrTail(), last.cause()));
    }

    /** For readers of statistics too, in this VM or another. */
    private void setOpen(boolean isOpen) {
        open = isOpen;
        for (Recovery recovery : recoveries) {
            recovery.slot().requests().setInt(Layout.BREAKER_OPEN, isOpen ? 1 : 0);
        }
    }

    /** A worker is ready. */
    void ready() {
        if (open) {
            setOpen(false);
            dispatcher.admit();
            events.breakerClosed();
            long now = System.nanoTime();
            recoveries.forEach(recovery -> recovery.beginAgain(now));
        }
    }

    /** Restarts what is due; while the breaker is open one worker at a time. */
    void restart(long now) {
        if (!open) {
            boolean refused = false;
            for (Recovery recovery : recoveries) {
                refused |= !recovery.restartIfDue(now);
            }
            if (refused) {
                died();
            }
        } else if (now >= nextTrialNanos) {
            nextTrialNanos = PoolOptions.later(now, options.breakerRetryNanos());
            tryOne(now);
        }
    }

    private void tryOne(long now) {
        for (int i = 0; i < recoveries.size(); i++) {
            Recovery next = recoveries.get(trial++ % recoveries.size());
            if (next.worker().isDown()) {
                next.restartNow(now);
                next.restartIfDue(now);
                return;
            }
        }
    }

    /** When {@code restart} has something to do. */
    long nextNanos() {
        long next = open ? nextTrialNanos : Worker.NEVER;
        for (Recovery recovery : recoveries) {
            if (!open && recovery.worker().isDown()) {
                next = Math.min(next, recovery.worker().dueNanos());
            }
        }
        return next;
    }
}
