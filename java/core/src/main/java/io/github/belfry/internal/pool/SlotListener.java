package io.github.belfry.internal.pool;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** How the pool's parts are told what happened in a slot. Called by any thread; no method blocks. */
public interface SlotListener {
    /** There may be room in the ring of a slot, or it can be reserved; null: there may be room in the backlog. */
    void roomChanged(@Nullable Slot slot);

    /** There may be replies here that no thread reads. */
    void unread(Slot slot);

    /** The supervisor waits for the consumer lock, which is free now. */
    void consumerGone();

    /** There is a request whose time has to be watched; the caller has fenced since. */
    void published(Request<?> request, boolean behindOthers);

    /** Its worker has skipped this one, for which somebody waits; its bytes are free in a moment. */
    void skipped(Request<?> wanted, ByteBuffer bytes);
}
