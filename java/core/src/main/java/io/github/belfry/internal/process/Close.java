package io.github.belfry.internal.process;

import io.github.belfry.Signal;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Ends a process, politely at first: closes its standard input and gives it the grace to end by itself, sends SIGTERM
 * and gives another grace, then SIGKILL.
 */
public final class Close {
    private static final long FIRST_LOOK_NANOS = 1_000_000;
    private static final long LONGEST_LOOK_NANOS = 50_000_000;

    private final Child child;
    private final long graceNanos;
    private boolean interrupted;

    private Close(Child child, Duration grace) {
        this.child = child;
        this.graceNanos = TimeUnit.NANOSECONDS.convert(grace);
    }

    /** Blocks until the process is reaped; an interrupt skips the graces and stays set. */
    public static void close(Child child, Duration grace) {
        Close close = new Close(child, grace);
        try {
            close.end();
        } finally {
            child.pipes().close();
            if (close.interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void end() {
        if (child.pipes().closeStdin()) {
            allow(child::awaitEnd);
        }
        if (!child.reapWithoutGroup()) {
            child.signalToEnd(Signal.TERM);
            allow(this::awaitGroup);
            child.signalToEnd(Signal.KILL);
        }
        awaitReaped();
    }

    private interface End {
        boolean await(long nanos) throws InterruptedException;
    }

    private void allow(End end) {
        if (interrupted) {
            return;
        }
        try {
            end.await(graceNanos);
        } catch (InterruptedException e) {
            interrupted = true;
        }
    }

    /** No descriptor tells when a group is empty whose leader has ended, so it is looked at again and again. */
    private boolean awaitGroup(long nanos) throws InterruptedException {
        long startNanos = System.nanoTime();
        long pauseNanos = FIRST_LOOK_NANOS;
        for (long left = nanos; left > 0; left = nanos - (System.nanoTime() - startNanos)) {
            if (child.awaitReaped(Math.min(left, pauseNanos)) || child.reapWithoutGroup()) {
                return true;
            }
            pauseNanos = Math.min(2 * pauseNanos, LONGEST_LOOK_NANOS);
        }
        return false;
    }

    private void awaitReaped() {
        boolean reaped = false;
        while (!reaped) {
            try {
                reaped = child.awaitReaped(Long.MAX_VALUE) && child.awaitEnd(Long.MAX_VALUE);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
    }
}
