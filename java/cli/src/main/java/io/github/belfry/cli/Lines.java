package io.github.belfry.cli;

import io.github.belfry.internal.pool.PollableSource;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.NoSuchElementException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Splits bytes at each {@code \n}, in whatever encoding they are; the last line may lack it. A thread of its own reads,
 * and gives blocks of whole lines to the one that made this, which may do something else while there are none. It may
 * hang in a read for ever, so no thread waits for it.
 */
final class Lines implements PollableSource<Lines.Line> {
    private static final int READ_BYTES = 64 << 10;
    private static final int MIN_READ_BYTES = 8 << 10;
    private static final int BLOCKS = 2;

    private final InputStream in;
    private final int maxBytes;
    private final Runnable beforeSleep;
    private final Thread user = Thread.currentThread();
    private final BlockingQueue<Block> blocks = new ArrayBlockingQueue<>(BLOCKS);

    // The user's.
    private Block block = new Block(new byte[0], 0, 0, null);
    private int next;
    private boolean isOver;
    private long bytes;

    // The reader's: what follows the lines that it has given away.
    private byte[] buffer = new byte[READ_BYTES];
    private int start;
    private int end;

    /** {@code beforeSleep} runs when the user's thread is about to wait for more, or for replies. */
    Lines(InputStream in, int maxBytes, Runnable beforeSleep) {
        this.in = in;
        this.maxBytes = maxBytes;
        this.beforeSleep = beforeSleep;
        Thread reader = new Thread(this::read, "belfry-reader");
        reader.setDaemon(true);
        reader.start();
    }

    /** The bytes from {@code start} on, without the newline that may follow. */
    record Line(byte[] bytes, int start, int size, boolean isTerminated) {}

    /** The line has more bytes than it may have. */
    static final class TooLongException extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    static final class UnreadableException extends RuntimeException {
        private static final long serialVersionUID = 1;

        UnreadableException(IOException cause) {
            super(cause);
        }
    }

    /** Whole lines; without any, the end of the input or what was wrong with it. */
    private record Block(byte[] bytes, int start, int end, @Nullable RuntimeException failure) {
        boolean isLast() {
            return start == end;
        }
    }

    // ---- The user

    @Override
    public boolean isReady() {
        return isOver || next < block.end || !blocks.isEmpty();
    }

    @Override
    public void aboutToSleep() {
        beforeSleep.run();
    }

    @Override
    public boolean hasNext() {
        if (next == block.end && !isOver) {
            block = take();
            next = block.start;
            isOver = block.isLast();
            if (block.failure != null) {
                throw block.failure;
            }
        }
        return !isOver;
    }

    private Block take() {
        Block there = blocks.poll();
        if (there != null) {
            return there;
        }
        aboutToSleep();
        try {
            return blocks.take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public Line next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        int from = next;
        int newline = from;
        while (newline < block.end && block.bytes[newline] != '\n') {
            newline++;
        }
        boolean terminated = newline < block.end;
        next = terminated ? newline + 1 : newline;
        bytes += next - from;
        if (newline - from > maxBytes) {
            throw new TooLongException();
        }
        return new Line(block.bytes, from, newline - from, terminated);
    }

    /** How many bytes the lines so far had, with their newlines. */
    long bytes() {
        return bytes;
    }

    // ---- The reader

    private void read() {
        RuntimeException failure = null;
        try {
            while (fill()) {
                int newline = end - 1;
                while (newline >= start && buffer[newline] != '\n') {
                    newline--;
                }
                give(newline + 1);
                if (end - start > maxBytes) {
                    throw new TooLongException(); // how long isn't known, because the rest isn't read
                }
            }
            give(end);
        } catch (IOException e) {
            failure = new UnreadableException(e);
        } catch (RuntimeException e) {
            failure = e;
        } catch (OutOfMemoryError e) {
            failure = new IllegalStateException(e);
        }
        give(new Block(buffer, 0, 0, failure));
    }

    private boolean fill() throws IOException {
        if (buffer.length - end < MIN_READ_BYTES) {
            // A line that doesn't end doubles it.
            int size = Math.max(READ_BYTES, Math.min(2 * (end - start), maxBytes + READ_BYTES));
            buffer = Arrays.copyOfRange(buffer, start, start + size);
            end -= start;
            start = 0;
        }
        int count = in.read(buffer, end, buffer.length - end);
        end += Math.max(count, 0);
        return count >= 0;
    }

    private void give(int upTo) {
        if (upTo > start) {
            give(new Block(buffer, start, upTo, null));
            start = upTo;
        }
    }

    private void give(Block lines) {
        try {
            blocks.put(lines);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e); // nobody has this thread
        }
        LockSupport.unpark(user);
    }
}
