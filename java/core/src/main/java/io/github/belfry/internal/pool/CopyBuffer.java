package io.github.belfry.internal.pool;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Memory for copies of replies, so that a {@code read} which takes long, or never returns, holds nothing of a ring. It is
 * as large as it had to be so far. For one thread at a time; the garbage collector frees it.
 */
final class CopyBuffer {
    private static final int MIN_BYTES = 4 * 1024;
    private static final int MAX_GROWTH_BYTES = 128 * 1024;
    private static final int ALIGNMENT = 8;
    private static final ByteBuffer NONE = ByteBuffer.allocateDirect(0);

    private ByteBuffer memory = NONE;
    private ByteBuffer readOnly = NONE.asReadOnlyBuffer();
    private int used;

    /** The copies made so far aren't read any more. */
    void clear() {
        used = 0;
    }

    int bytes() {
        return memory.capacity();
    }

    /** A copy, read-only and in native order, beside the earlier ones. */
    ByteBuffer copy(ByteBuffer reply) {
        int size = reply.remaining();
        makeRoom(size);
        memory.put(used, reply, 0, size);
        return next(size);
    }

    ByteBuffer copy(byte[] reply) {
        makeRoom(reply.length);
        memory.put(used, reply);
        return next(reply.length);
    }

    private void makeRoom(int size) {
        if (size > memory.capacity() - used) {
            grow(size);
        }
    }

    private ByteBuffer next(int size) {
        ByteBuffer copy = readOnly.slice(used, size).order(ByteOrder.nativeOrder());
        used = Math.min(memory.capacity(), used + (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
        return copy;
    }

    /** Earlier copies keep the memory that they are in. */
    private void grow(int size) {
        int doubled = Math.max(MIN_BYTES, Math.min(MAX_GROWTH_BYTES, 2 * memory.capacity()));
        memory = ByteBuffer.allocateDirect(size <= doubled ? doubled : size);
        readOnly = memory.asReadOnlyBuffer();
        used = 0;
    }
}
