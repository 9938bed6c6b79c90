package io.github.belfry.internal.pool;

import java.nio.ByteBuffer;

/** Where a request waits for its worker: in the ring of a {@link Slot}, or on the heap, in the {@link Backlog}. */
public interface Destination {
    /** The bytes that a request of this size is to be written to. After the room for it was reserved. */
    ByteBuffer body(int size);

    /** No request of this size comes after all. */
    void unreserve(int size);

    /** Its bytes are in {@code body}: it is there from now on, and the reservation is used up. */
    void publish(Request<?> request, ByteBuffer body);

    /** Whether a request that is in its queue may be taken back: before that, publishing would undo it. */
    boolean isPublished(Request<?> request);

    /**
     * Takes back a published request that the caller has pinned, unless its worker has begun it, and settles it: what
     * that replies reaches nobody, and the future is the caller's to complete.
     *
     * @param bits what its worker is told, of {@code withdrawn} in its record
     * @return whether no worker processes it, ever
     */
    boolean withdraw(Request<?> request, int bits);

    /** Of a request that is here and not taken back: it has failed. In a ring it stays where it is, settled. */
    default void failed(Request<?> request) {}

    /** Counts a request that was here and has failed because it took too long. */
    void timedOut();
}
