package io.github.belfry.internal.pool;

import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import org.jspecify.annotations.Nullable;

/** Spare memory for replies to calls that are not read in place: copied by any thread, read by the caller. */
final class CallCopies {
    private static final int SPARES = 16;
    private static final int MAX_SPARE_BYTES = 64 * 1024;

    private final Queue<Copy> spares = new ArrayBlockingQueue<>(SPARES);

    /** One reply. */
    static final class Copy extends Copying<Copy> {
        private final CopyBuffer memory = new CopyBuffer();
        private @Nullable ByteBuffer reply;

        @Override
        public Copy apply(ByteBuffer from) {
            memory.clear();
            reply = memory.copy(from);
            return this;
        }

        /** After {@code apply}. */
        @Nullable
        ByteBuffer reply() {
            return reply;
        }
    }

    Copy take() {
        Copy spare = spares.poll();
        return spare == null ? new Copy() : spare;
    }

    /** Neither its caller nor a thread of the pool uses it any more. */
    void give(Copy used) {
        if (used.memory.bytes() <= MAX_SPARE_BYTES) {
            spares.offer(used);
        }
    }
}
