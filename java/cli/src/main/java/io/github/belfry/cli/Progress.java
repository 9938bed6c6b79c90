package io.github.belfry.cli;

import java.io.PrintStream;
import java.util.Locale;

/**
 * How far a long run is: one line on the terminal, written again and again in the same place, and gone at the end. Not
 * shown in the first second, and not at all unless standard error is a terminal that neither the input nor the output
 * is on, where it would get in between.
 */
final class Progress implements AutoCloseable {
    private static final long FIRST_MILLIS = 1000;
    private static final long NEXT_MILLIS = 250;
    private static final String CLEAR_LINE = "\r\033[K";

    private final PrintStream err = System.err;
    private final long startNanos = System.nanoTime();
    private volatile long lines;
    private volatile long bytes;
    private boolean shown;
    private boolean closed;

    Progress() {
        if (Terminal.is(Terminal.STDERR) && !Terminal.is(Terminal.STDIN) && !Terminal.is(Terminal.STDOUT)) {
            Thread thread = new Thread(this::run, "belfry-progress");
            thread.setDaemon(true);
            thread.start();
        }
    }

    /** So much is done, from the beginning. One thread may call it. */
    void at(long doneLines, long doneBytes) {
        lines = doneLines;
        bytes = doneBytes;
    }

    private synchronized void run() {
        try {
            wait(FIRST_MILLIS);
            while (!closed) {
                shown = true;
                err.print(CLEAR_LINE + describe(lines, bytes, System.nanoTime() - startNanos));
                err.flush();
                wait(NEXT_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    static String describe(long lines, long bytes, long nanos) {
        double seconds = nanos / 1e9;
        return String.format(
                Locale.ROOT, "%,d lines, %,.0f lines/s, %.1f MB/s", lines, lines / seconds, bytes / 1e6 / seconds);
    }

    /** Clears the line. */
    @Override
    public synchronized void close() {
        closed = true;
        notifyAll();
        if (shown) {
            err.print(CLEAR_LINE);
            err.flush();
            shown = false;
        }
    }
}
