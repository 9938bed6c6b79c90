package io.github.belfry.internal.pool;

import io.github.belfry.internal.ring.Layout;

/** Takes requests out of a slot that no worker answers. For the supervisor, under the slot's consumer lock. */
final class Mover {
    private final Slot slot;
    private final Dispatcher dispatcher;

    Mover(Slot slot, Dispatcher dispatcher) {
        this.slot = slot;
        this.dispatcher = dispatcher;
    }

    /** Takes those away from the front that were settled without a reply; how many. */
    int dropSettled() {
        int count = 0;
        for (Request<?> oldest = slot.oldestPublished();
                oldest != null && oldest.isSettled();
                oldest = slot.oldestPublished()) {
            drop(oldest);
            count++;
        }
        return count;
    }

    private void drop(Request<?> oldest) {
        slot.remove(oldest);
        oldest.forget();
        slot.requests().add(Layout.WITHDRAWN, 1);
    }

    /** Moves requests to workers that are ready and have room, as long as there are such. */
    void moveOut() {
        dropSettled();
        for (Request<?> oldest = slot.oldestPublished();
                oldest != null && move(oldest);
                oldest = slot.oldestPublished()) {
            drop(oldest);
            dropSettled();
        }
    }

    private boolean move(Request<?> oldest) {
        Slot other = dispatcher.reserveOther(oldest.size);
        if (other == null) {
            return false;
        }
        if (!oldest.pin()) {
            other.unreserve();
            return true;
        }
        if (oldest.future == null || oldest.future.isDone()) { // cancelled
            other.unreserve();
            oldest.settlePinned();
            return true;
        }
        Request<?> copy = oldest.moved();
        other.writer().body(oldest.size).put(slot.writer().published(oldest.start(), oldest.size));
        other.publish(copy, oldest.id());
        copy.tellFuture();
        oldest.settlePinned();
        return true;
    }
}
