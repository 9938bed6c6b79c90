package io.github.belfry.internal.pool;

import org.jspecify.annotations.Nullable;

/**
 * What is recorded of one request, wherever it moves. Any thread may tell; what comes after the end is ignored. See
 * {@link Recorder}.
 */
interface Trace {
    /**
     * It lies in the ring of this worker now.
     *
     * @param isOldest whether nothing lies before it
     * @param hasBegun whether another worker had begun it, and died
     */
    void published(int worker, boolean isOldest, boolean hasBegun);

    /** It has become the oldest of its worker, which may begin it from now on. */
    void becameOldest();

    /** Its worker has answered it, or it has failed: {@code failure} is null, or what its caller gets. */
    void ended(@Nullable Throwable failure);

    /** Its future was completed by another thread than the pool's. */
    void withdrawn();
}
