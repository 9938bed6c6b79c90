package io.github.belfry.cli;

import io.github.belfry.WorkerPool;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Lines to workers, and replies in the order of the lines. Two threads and the pool's own:
 *
 * <pre>
 * reader        next line, room in the window, submit, add its future to the queue
 * main          takes the oldest future, waits for it, writes it; leaves the window
 * </pre>
 *
 * <p>What goes wrong, in the reader as well, is a failed future at its place in the queue: whatever came before it is
 * written, and nothing after it. The reader may hang in a read for ever, so no thread waits for it.
 */
final class Pipeline {
    private static final int WRITE_BYTES = 64 << 10;

    /** How long output may wait for more of it: replies come one by one, and a write for each would be slow. */
    private static final long MAX_DELAY_MICROS = 500;

    private final WorkerPool pool;
    private final Lines lines;
    private final OutputStream out;
    private final Progress progress;
    private final Window window;
    private final BlockingQueue<Entry> queue = new LinkedBlockingQueue<>();
    private boolean unflushed;
    private long number;

    Pipeline(WorkerPool pool, Lines lines, OutputStream out, Progress progress) {
        this.pool = pool;
        this.lines = lines;
        this.out = new BufferedOutputStream(out, WRITE_BYTES);
        this.progress = progress;
        this.window = new Window(pool.maxRequestBytes());
    }

    /** A line under way; without a reply, the end of the input. */
    private record Entry(@Nullable CompletableFuture<byte[]> reply, int size, long cost, boolean terminated) {
        static Entry failed(Throwable e) {
            return new Entry(CompletableFuture.failedFuture(e), 0, 0, true);
        }

        static Entry end() {
            return new Entry(null, 0, 0, false);
        }
    }

    /** Blocks until all lines are done. A failure says which line it is about. */
    void run() throws IOException, InterruptedException {
        Thread reader = new Thread(this::read, "belfry-reader");
        reader.setDaemon(true);
        reader.start();
        long bytes = 0;
        for (Entry entry = take(); entry.reply != null; entry = take()) {
            number++;
            byte[] reply = await(entry.reply);
            write(reply, entry.terminated);
            window.leave(entry.cost, reply.length);
            bytes += entry.size + 1;
            progress.at(number, bytes);
        }
        flush();
    }

    // ---- The reader

    private void read() {
        try {
            while (lines.next()) {
                int size = lines.length();
                long cost = window.enter(size);
                CompletableFuture<byte[]> reply = pool.submit(
                        0, size, request -> request.put(lines.bytes(), lines.start(), size), Pipeline::copy);
                queue.add(new Entry(reply, size, cost, lines.isTerminated()));
            }
            queue.add(Entry.end());
        } catch (Throwable e) {
            queue.add(Entry.failed(e));
        }
    }

    private static byte[] copy(ByteBuffer reply) {
        byte[] bytes = new byte[reply.remaining()];
        reply.get(bytes);
        return bytes;
    }

    // ---- The writer

    /** The next line. When the input has no more at the moment, what is there is shown. */
    private Entry take() throws IOException, InterruptedException {
        Entry entry = queue.poll();
        if (entry == null && unflushed && !lines.isWaiting()) {
            entry = queue.poll(MAX_DELAY_MICROS, TimeUnit.MICROSECONDS);
        }
        if (entry == null) {
            flush();
            entry = queue.take();
        }
        return entry;
    }

    private byte[] await(CompletableFuture<byte[]> reply) throws IOException, InterruptedException {
        try {
            if (unflushed && !reply.isDone()) {
                try {
                    return reply.get(MAX_DELAY_MICROS, TimeUnit.MICROSECONDS);
                } catch (TimeoutException e) {
                    flush();
                }
            }
            return reply.get();
        } catch (ExecutionException e) {
            flush();
            throw failure(e.getCause());
        }
    }

    private IOException failure(@Nullable Throwable cause) {
        if (cause instanceof Lines.TooLongException) {
            int limit = pool.maxRequestBytes();
            return new IOException("line " + number + " is longer than " + limit + " bytes"
                    + RingBytes.larger(limit)
                            .map(more -> ": try --ring-bytes " + more)
                            .orElse(", the most possible"));
        }
        if (cause instanceof IOException) { // of the input: a pool's failures are none
            return new IOException("standard input can't be read: " + cause.getMessage(), cause);
        }
        String message = cause == null || cause.getMessage() == null ? String.valueOf(cause) : cause.getMessage();
        return new IOException("line " + number + ": " + message, cause);
    }

    private void write(byte[] reply, boolean terminated) throws IOException {
        try {
            out.write(reply);
            if (terminated) {
                out.write('\n');
            }
            unflushed = true;
        } catch (IOException e) {
            throw outputFailure(e);
        }
    }

    private void flush() throws IOException {
        try {
            if (unflushed) {
                out.flush();
                unflushed = false;
            }
        } catch (IOException e) {
            throw outputFailure(e);
        }
    }

    private static IOException outputFailure(IOException e) {
        return new IOException("standard output can't be written: " + e.getMessage(), e);
    }
}
