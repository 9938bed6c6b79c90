package io.github.belfry.internal.pool;

import io.github.belfry.internal.ring.RingReader;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Requests whose replies were taken out of a ring, and which no future has been told of yet. For the thread that leads;
 * what it leaves goes to the next one.
 */
final class ReplyBatch {
    static final int MAX_REPLIES = 64;
    private static final int MAX_BYTES = 64 * 1024;

    private final Queue<Request<?>> answered = new ArrayDeque<>(MAX_REPLIES);
    private CopyBuffer copies = new CopyBuffer();
    private int bytes;

    /** A callback of another thread may still read what was copied so far, as those will that are left. */
    void changeMemory() {
        copies = new CopyBuffer();
    }

    boolean isFull() {
        return answered.size() >= MAX_REPLIES || !answered.isEmpty() && bytes >= MAX_BYTES;
    }

    /** Under the consumer lock: copies the current reply, which answers the request. */
    void add(Request<?> request, RingReader reader) {
        if (answered.isEmpty()) {
            copies.clear();
            bytes = 0;
        }
        if (request.keep(reader, copies)) {
            bytes += reader.size();
            answered.add(request);
        }
    }

    /** The next, whose {@code run} completes its future. */
    @Nullable
    Request<?> poll() {
        return answered.poll();
    }
}
