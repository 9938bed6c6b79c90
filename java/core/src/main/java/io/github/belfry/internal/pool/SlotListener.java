package io.github.belfry.internal.pool;

/** How the pool's parts are told what happened in a slot. Called by any thread; no method blocks. */
public interface SlotListener {
    /** There may be room in a ring, or a ring to reserve. */
    void roomChanged();

    /** There may be replies here that no thread reads. */
    void unread(Slot slot);

    /** The supervisor waits for the consumer lock, which is free now. */
    void consumerGone();

    /** There is a request whose time has to be watched. */
    void published();
}
