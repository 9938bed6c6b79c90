package io.github.belfry.internal.pool;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What a worker writes to its standard error: told line by line, and its end kept. It never blocks. */
final class StderrTail {
    /** A longer line comes in pieces. */
    static final int MAX_LINE_BYTES = 4 * 1024;

    /** A character of UTF-8 has so many bytes behind its first; a piece ends behind a character. */
    private static final int MAX_INSIDE_BYTES = 3;

    private static final int KEPT_BYTES = 8 * 1024;
    private static final int CHUNK_BYTES = 4096;

    /** As much as a pipe holds: a worker that writes without end may not hold up the supervisor. */
    private static final int VISIT_BYTES = 64 * 1024;

    private final @Nullable InputStream in;
    private final Consumer<String> told;
    private final byte[] kept = new byte[KEPT_BYTES];
    private final ByteArrayOutputStream line = new ByteArrayOutputStream(0);
    private long written;
    private boolean finished;

    /** {@code in} is null when it goes elsewhere. {@code told} gets each line, without its newline. */
    StderrTail(@Nullable InputStream in, Consumer<String> told) {
        this.in = in;
        this.told = told;
    }

    /** Takes what is there; false when something may be left. */
    synchronized boolean pump() {
        if (in == null || finished) {
            return true;
        }
        try {
            // Not to its end: a process that the worker has left behind may hold the pipe.
            int visited = 0;
            for (int there = in.available(); there > 0; there = in.available()) {
                if (visited >= VISIT_BYTES) {
                    return false;
                }
                byte[] bytes = in.readNBytes(Math.min(there, CHUNK_BYTES));
                visited += bytes.length;
                for (byte b : bytes) {
                    kept[(int) (written++ % KEPT_BYTES)] = b;
                    split(b);
                }
            }
        } catch (IOException closed) {
            return true;
        }
        return true;
    }

    /** The worker has ended: a last line needs no newline, and what a process that it has left behind writes is lost. */
    synchronized void finish() {
        pump();
        if (!finished && line.size() > 0) {
            tell();
        }
        finished = true;
    }

    private void split(byte b) {
        if (b == '\n') {
            tell();
            return;
        }
        boolean insideCharacter = (b & 0xc0) == 0x80 && line.size() < MAX_LINE_BYTES + MAX_INSIDE_BYTES;
        if (line.size() >= MAX_LINE_BYTES && !insideCharacter) {
            tell();
        }
        line.write(b);
    }

    private void tell() {
        String text = line.toString(StandardCharsets.UTF_8);
        line.reset();
        told.accept(text);
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
