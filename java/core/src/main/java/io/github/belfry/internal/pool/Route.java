package io.github.belfry.internal.pool;

import org.jspecify.annotations.Nullable;

/** Where a requester's requests may go: to any worker of the pool, or to the one of a {@link Session}. */
public interface Route {
    /** Throws if no request is taken any more. */
    void check();

    boolean isOpen();

    /** Whether it was closed, and so is never open again. */
    boolean isClosed();

    /** Room for a request of this size, reserved; null while there is none. */
    @Nullable
    Destination tryReserve(int size);

    /** The same in the ring of a worker. */
    @Nullable
    Slot tryReserveSlot(int size);

    /**
     * Of a slot that this thread has reserved and given {@code count} requests since: whether the next may go there too,
     * without a look at other slots.
     */
    boolean mayFollow(Slot slot, int size, int count);

    /** A slot for a caller that polls: its worker ready, with nothing unanswered; reserved, or null. */
    @Nullable
    Slot tryReserveIdle(int size);

    /** Where callers wait for room. */
    WaitingLine line();

    /** What its requests have in their record's {@code withdrawn}: for which incarnation they are, 0 for any. */
    int mark();

    /** Looks, after a request was published and has its future, whether it has to be failed. */
    void published(Request<?> request);
}
