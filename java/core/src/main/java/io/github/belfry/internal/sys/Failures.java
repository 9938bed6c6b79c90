package io.github.belfry.internal.sys;

import java.lang.System.Logger.Level;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * What fails inside one of the library's threads, where no caller can be told: each kind is logged once, to the
 * {@link System.Logger} "io.github.belfry", and the thread pauses before it tries again. For any thread.
 */
public final class Failures {
    private static final String LOGGER = "io.github.belfry";
    private static final long MIN_PAUSE_NANOS = 1_000_000;
    private static final long MAX_PAUSE_NANOS = 1_000_000_000;

    private final String where;
    private final Set<Class<?>> logged = ConcurrentHashMap.newKeySet();
    private volatile long pauseNanos = MIN_PAUSE_NANOS;

    /** {@code where} names the work that failures may stop, for the log. */
    public Failures(String where) {
        this.where = where;
    }

    /**
     * Logs the first of each kind. Neither blocks nor throws: a logger is foreign code, so it has a thread of its own.
     */
    public void log(Throwable failure) {
        try {
            if (logged.add(failure.getClass())) {
                start(failure);
            }
        } catch (Throwable outOfThreadsOrMemory) {
            // The log is all that is lost.
        }
    }

    private void start(Throwable failure) {
        boolean started = false;
        try {
            DaemonThread.start(
                    "belfry-log",
                    () -> System.getLogger(LOGGER).log(Level.WARNING, where + " goes on after " + failure, failure));
            started = true;
        } finally {
            if (!started) {
                logged.remove(failure.getClass());
            }
        }
    }

    /** Logs it, and blocks: 1 ms at first, each time twice as long as before, up to 1 s. Not interruptible. */
    public void pause(Throwable failure) {
        log(failure);
        long end = System.nanoTime() + nextPauseNanos();
        for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
            Thread.interrupted(); // or park returns at once
            LockSupport.parkNanos(left);
        }
    }

    long nextPauseNanos() {
        long next = pauseNanos;
        pauseNanos = Math.min(2 * next, MAX_PAUSE_NANOS);
        return next;
    }

    /** The work has succeeded: the next pause is a short one. */
    public void succeeded() {
        pauseNanos = MIN_PAUSE_NANOS;
    }
}
