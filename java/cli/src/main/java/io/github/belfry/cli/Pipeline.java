package io.github.belfry.cli;

import io.github.belfry.Replies;
import io.github.belfry.RequestWriter;
import io.github.belfry.WorkerPool;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;

/**
 * Lines to workers, and replies in the order of the lines. What goes wrong with a line, or in reading it, is thrown at its
 * place: what came before it is written, and nothing after it.
 */
final class Pipeline {
    private static final int WRITE_BYTES = 64 << 10;

    private final WorkerPool pool;
    private final Lines lines;
    private final OutputStream out;
    private final Progress progress;
    private byte[] reply = new byte[WRITE_BYTES];
    private long number;

    /** Which line has no newline at its end; 0: none so far. */
    private long unterminated;

    private long asked;

    Pipeline(WorkerPool pool, InputStream in, OutputStream out, Progress progress) {
        this.pool = pool;
        this.out = new BufferedOutputStream(out, WRITE_BYTES);
        this.progress = progress;
        this.lines = new Lines(in, pool.maxRequestBytes(), this::flush);
    }

    /** Blocks until all lines are done. A failure says which line it is about. */
    void run() throws IOException {
        try (Replies<Integer> replies = pool.map(lines, RequestWriter.of(Lines.Line::size, this::send), this::write)) {
            while (replies.hasNext()) {
                number++;
                replies.next();
                progress.at(number, lines.bytes());
            }
            flush();
        } catch (OutputException e) {
            throw new IOException(e.getMessage(), e);
        } catch (RuntimeException e) {
            flush();
            throw failure(e);
        }
    }

    private void send(Lines.Line line, ByteBuffer request) {
        asked++;
        if (!line.isTerminated()) {
            unterminated = asked;
        }
        request.put(line.bytes(), line.start(), line.size());
    }

    private int write(ByteBuffer from) {
        int size = from.remaining();
        if (size >= reply.length) {
            reply = new byte[size + 1];
        }
        from.get(reply, 0, size);
        if (number != unterminated) {
            reply[size++] = '\n';
        }
        try {
            out.write(reply, 0, size);
        } catch (IOException e) {
            throw new OutputException(e);
        }
        return size;
    }

    /** Replies come one by one, and a write for each would be slow: when there is something to wait for. */
    private void flush() {
        try {
            out.flush();
        } catch (IOException e) {
            throw new OutputException(e);
        }
    }

    private static final class OutputException extends UncheckedIOException {
        private static final long serialVersionUID = 1;

        OutputException(IOException e) {
            super("standard output can't be written: " + e.getMessage(), e);
        }
    }

    private IOException failure(RuntimeException e) {
        if (e instanceof Lines.TooLongException) {
            int limit = pool.maxRequestBytes();
            return new IOException("line " + number + " is longer than " + limit + " bytes"
                    + RingBytes.larger(limit)
                            .map(more -> ": try --ring-bytes " + more)
                            .orElse(", the most possible"));
        }
        if (e instanceof Lines.UnreadableException) {
            return new IOException("standard input can't be read: " + e.getCause().getMessage(), e.getCause());
        }
        return new IOException("line " + number + ": " + (e.getMessage() == null ? e : e.getMessage()), e);
    }
}
