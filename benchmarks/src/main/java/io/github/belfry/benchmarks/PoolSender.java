package io.github.belfry.benchmarks;

import io.github.belfry.WorkerPool;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A thread that submits without waiting for replies, while no more than so many requests are unanswered; with more it
 * sleeps until half of them are answered.
 */
final class PoolSender {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long NO_CALLER = -1;

    private final WorkerPool pool;
    private final ByteBuffer source;
    private final int limit;
    private final Consumer<ByteBuffer> write = this::write;
    private final Function<ByteBuffer, Object> read = this::read;

    private int offset;
    private int size;
    private long submitted;
    private volatile @Nullable Thread sender;
    private volatile long awaited = NO_CALLER;

    /** The pool's thread writes it, and {@link #answered} after it. */
    private long sum;

    private volatile long answered;

    PoolSender(WorkerPool pool, Source source, int limit) {
        this.pool = pool;
        this.source = source.bytes();
        this.limit = limit;
    }

    void send(int pieceOffset, int pieceSize) {
        if (submitted - answered >= limit) {
            await(submitted - limit / 2);
        }
        offset = pieceOffset;
        size = pieceSize;
        pool.submit(Source.SUM, pieceSize, write, read);
        submitted++;
    }

    private void write(ByteBuffer body) {
        body.put(0, source, offset, size);
    }

    private Object read(ByteBuffer reply) {
        sum += reply.getLong(0);
        long now = answered + 1;
        answered = now;
        if (now == awaited) {
            LockSupport.unpark(sender);
        }
        return this;
    }

    private void await(long count) {
        sender = Thread.currentThread();
        awaited = count;
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (answered < count) {
            LockSupport.parkNanos(this, PATIENCE_NANOS);
            if (System.nanoTime() - end > 0) {
                throw new IllegalStateException(answered + " of " + submitted + " requests were answered");
            }
        }
    }

    /** Of all that was sent. */
    long sum() {
        await(submitted);
        return sum;
    }
}
