package io.github.belfry.internal.pool;

import org.jspecify.annotations.Nullable;

/**
 * Requests of calls that are over, for the next calls of the same slot, so that only the first two allocate one. For
 * the thread that holds the slot's consumer lock.
 */
final class SpareRequests {
    private @Nullable Request<?> last;
    private @Nullable Request<?> spare;

    /** Its caller polls for the reply. */
    Request<?> take(int type, int size) {
        Request<?> taken = spare;
        spare = null;
        return taken == null ? new Request<>(type, size, Copying.BYTES, null) : taken.reuse(type, size);
    }

    /** It was answered and never had a future. The queue has it as a link until another one is answered. */
    void keep(Request<?> answered) {
        spare = last;
        last = answered;
    }
}
