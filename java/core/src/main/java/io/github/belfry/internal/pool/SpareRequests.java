package io.github.belfry.internal.pool;

import java.nio.ByteBuffer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Requests of calls that are over, for the next calls of the same slot, so that only the first two allocate one. For
 * the thread that holds the slot's consumer lock.
 */
final class SpareRequests {
    private @Nullable Request<?> last;
    private @Nullable Request<?> spare;

    <R> Request<R> take(int type, int size, Function<ByteBuffer, R> read) {
        Request<?> taken = spare;
        spare = null;
        return taken == null ? new Request<>(type, size, read, null) : taken.reuse(type, size, read);
    }

    /** It was answered and never had a future. The queue has it as a link until another one is answered. */
    void keep(Request<?> answered) {
        answered.reuse(0, 0, buffer -> null);
        spare = last;
        last = answered;
    }
}
