package io.github.belfry.internal.pool;

import io.github.belfry.Signal;
import java.util.List;

/**
 * The end of a pool, in steps: no more requests, drain, a signal to every worker, a grace, SIGKILL. Asked for by any
 * thread, done by the supervisor.
 */
final class Shutdown {
    private static final long NEVER = Worker.NEVER;

    private final PoolOptions options;
    private final List<Recovery> recoveries;
    private final Dispatcher dispatcher;
    private final Placement placement;

    private boolean draining;
    private long drainUntilNanos = NEVER;
    private Signal signal = Signal.TERM;
    private volatile boolean ending;
    private boolean signalled;
    private long killAtNanos = NEVER;

    Shutdown(PoolOptions options, List<Recovery> recoveries, Dispatcher dispatcher, Placement placement) {
        this.options = options;
        this.recoveries = recoveries;
        this.dispatcher = dispatcher;
        this.placement = placement;
    }

    /** What was submitted is still done. */
    synchronized void drain() {
        draining = true;
        dispatcher.close();
    }

    /** The same, but not for longer than the grace. */
    synchronized void drainWithinGrace() {
        drain();
        drainUntilNanos = Math.min(drainUntilNanos, PoolOptions.later(System.nanoTime(), options.closeGraceNanos()));
    }

    /** Without draining; the request in hand is still finished. */
    synchronized void interrupt() {
        drain();
        if (!ending) {
            signal = Signal.INT;
            ending = true;
        }
    }

    /** At once. */
    synchronized void now() {
        drain();
        signal = Signal.KILL;
        ending = true;
    }

    boolean isEnding() {
        return ending;
    }

    /** The supervisor's step. */
    synchronized void proceed(long now) {
        if (draining
                && !ending
                && (now >= drainUntilNanos || placement.isDrained())) {
            ending = true;
        }
        if (ending && !signalled) {
            signalled = true;
            toAll(signal);
            killAtNanos = PoolOptions.later(System.nanoTime(), options.closeGraceNanos());
        } else if (ending && now >= killAtNanos) {
            killAtNanos = NEVER;
            toAll(Signal.KILL);
        }
    }

    private void toAll(Signal what) {
        recoveries.forEach(recovery -> recovery.signalToEnd(what));
    }

    /** When {@code proceed} has something to do. */
    synchronized long nextNanos() {
        if (ending) {
            return signalled ? killAtNanos : System.nanoTime();
        }
        return drainUntilNanos;
    }

    /** When all workers have ended: until when their last replies may be read. */
    synchronized long readUntilNanos() {
        return Math.min(drainUntilNanos, PoolOptions.later(System.nanoTime(), options.closeGraceNanos()));
    }

    /** Whether every worker has ended. */
    synchronized boolean isOver() {
        return signalled
                && recoveries.stream().allMatch(recovery -> recovery.worker().running() == null);
    }
}
