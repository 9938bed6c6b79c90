package io.github.belfry.internal.pool;

import io.github.belfry.internal.sys.Native;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What a worker writes to its standard error: passed on to our own, and its end kept. It never blocks; while ours takes
 * nothing (a full pipe, a stopped terminal) the worker's waits in its pipe.
 */
final class StderrTail {
    private static final int KEPT_BYTES = 8 * 1024;
    /** Up to so many a pipe that is writable takes without blocking: PIPE_BUF. */
    private static final int CHUNK_BYTES = 4096;

    private static final int OWN_STDERR = 2;
    private static final int SHOWN_CHARACTERS = 300;

    /** As much as a pipe holds: a worker that writes without end may not hold up the supervisor. */
    private static final int VISIT_BYTES = 64 * 1024;

    private final @Nullable InputStream in;
    private final byte[] kept = new byte[KEPT_BYTES];
    private long written;

    /** {@code in} is null when it goes elsewhere. */
    StderrTail(@Nullable InputStream in) {
        this.in = in;
    }

    /** Passes on what is there; false when something is left because ours is full. */
    boolean pump() {
        return pump(false);
    }

    /** The same for a worker that has ended: what ours doesn't take now is only kept. */
    void finish() {
        pump(true);
    }

    private synchronized boolean pump(boolean all) {
        if (in == null) {
            return true;
        }
        try {
            // Not to its end: a process that the worker has left behind may hold the pipe.
            int visited = 0;
            for (int there = in.available(); there > 0; there = in.available()) {
                boolean full = Native.pollNow(OWN_STDERR, Native.POLLOUT) == 0;
                if (visited >= VISIT_BYTES || full && !all) {
                    return false;
                }
                byte[] bytes = in.readNBytes(Math.min(there, CHUNK_BYTES));
                keep(bytes);
                visited += bytes.length;
                if (!full) {
                    Native.write(OWN_STDERR, bytes);
                }
            }
        } catch (IOException closed) {
            return true;
        }
        return true;
    }

    private void keep(byte[] bytes) {
        for (byte b : bytes) {
            kept[(int) (written++ % KEPT_BYTES)] = b;
        }
    }

    /** For the end of a message: the last line of a tail that isn't blank, if there is any. */
    static String said(String tail) {
        String last =
                tail.lines().map(String::strip).filter(line -> !line.isEmpty()).reduce("", (a, b) -> b);
        if (last.length() > SHOWN_CHARACTERS) {
            last = last.substring(0, SHOWN_CHARACTERS) + "...";
        }
        return last.isEmpty() ? "" : "; it said: " + last;
    }

    /** The last 8 KiB. */
    synchronized String text() {
        int length = (int) Math.min(written, KEPT_BYTES);
        byte[] inOrder = new byte[length];
        for (int i = 0; i < length; i++) {
            inOrder[i] = kept[(int) ((written - length + i) % KEPT_BYTES)];
        }
        return new String(inOrder, StandardCharsets.UTF_8);
    }
}
