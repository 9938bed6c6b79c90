package io.github.belfry.internal.sys;

import java.lang.System.Logger.Level;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * What fails inside one of the library's threads, where no caller can be told: each kind is told once, to a pool's
 * listener or the {@link System.Logger} "io.github.belfry", and the thread pauses before it tries again. For any thread.
 */
public final class Failures {
    private static final String LOGGER = "io.github.belfry";
    private static final long MIN_PAUSE_NANOS = 1_000_000;
    private static final long MAX_PAUSE_NANOS = 1_000_000_000;

    private final Consumer<Throwable> told;
    private final Set<Class<?>> logged = ConcurrentHashMap.newKeySet();
    private volatile long pauseNanos = MIN_PAUSE_NANOS;

    /** {@code where} names the work that failures may stop, for the log. */
    public Failures(String where) {
        this(failure -> logInOwnThread(where + " goes on after " + failure, failure));
    }

    /** {@code told} gets the first of each kind instead of the log, and doesn't block. */
    public Failures(Consumer<Throwable> told) {
        this.told = told;
    }

    /** Tells the first of each kind. Neither blocks nor throws. */
    public void log(Throwable failure) {
        try {
            if (logged.add(failure.getClass())) {
                tell(failure);
            }
        } catch (Throwable outOfThreadsOrMemory) {
            // The log is all that is lost.
        }
    }

    private void tell(Throwable failure) {
        boolean done = false;
        try {
            told.accept(failure);
            done = true;
        } finally {
            if (!done) {
                logged.remove(failure.getClass());
            }
        }
    }

    /** A logger is foreign code, which may block. */
    private static void logInOwnThread(String message, Throwable failure) {
        DaemonThread.start("belfry-log", () -> System.getLogger(LOGGER).log(Level.WARNING, message, failure));
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
