package io.github.belfry.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * Splits bytes at each {@code \n}, in whatever encoding they are, and holds one line at a time: the bytes from
 * {@link #start} on. The last one may lack its {@code \n}. For one thread, but for {@link #isWaiting}.
 */
final class Lines {
    private static final int READ_BYTES = 64 << 10;

    private final InputStream in;
    private final int maxBytes;
    private byte[] bytes = new byte[READ_BYTES];
    private int start;
    private int length;
    private int next;
    private int end;
    private boolean terminated;
    private volatile boolean waiting;

    Lines(InputStream in, int maxBytes) {
        this.in = in;
        this.maxBytes = maxBytes;
    }

    /** A line has more bytes than it may have; how many isn't known, because the rest isn't read. */
    static final class TooLongException extends IOException {
        private static final long serialVersionUID = 1;
    }

    /** Goes on to the next line; false when there is none. Blocks. */
    boolean next() throws IOException {
        start = next;
        int searched = start;
        for (; ; ) {
            int newline = find(searched);
            searched = end;
            if (newline >= 0) {
                return take(newline, true);
            }
            if (end - start > maxBytes) {
                throw new TooLongException();
            }
            searched -= makeRoom();
            if (!fill()) {
                return end > start && take(end, false);
            }
        }
    }

    private int find(int from) {
        for (int i = from; i < end; i++) {
            if (bytes[i] == '\n') {
                return i;
            }
        }
        return -1;
    }

    private boolean take(int lineEnd, boolean withNewline) throws IOException {
        length = lineEnd - start;
        terminated = withNewline;
        next = withNewline ? lineEnd + 1 : lineEnd;
        if (length > maxBytes) {
            throw new TooLongException();
        }
        return true;
    }

    /** The line begun goes to the front, and the buffer grows when that is full; by how much it moved. */
    private int makeRoom() {
        int moved = start;
        System.arraycopy(bytes, start, bytes, 0, end - start);
        start = 0;
        end -= moved;
        if (end == bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.min(bytes.length * 2, maxBytes + READ_BYTES));
        }
        return moved;
    }

    private boolean fill() throws IOException {
        waiting = true;
        int count = in.read(bytes, end, bytes.length - end);
        waiting = false;
        end += Math.max(count, 0);
        return count >= 0;
    }

    /** Whether it waits for input; for any thread. */
    boolean isWaiting() {
        return waiting;
    }

    byte[] bytes() {
        return bytes;
    }

    int start() {
        return start;
    }

    /** In bytes, without the {@code \n}. */
    int length() {
        return length;
    }

    /** Whether it ended with {@code \n}. */
    boolean isTerminated() {
        return terminated;
    }
}
