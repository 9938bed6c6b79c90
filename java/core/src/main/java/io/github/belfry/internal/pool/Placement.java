package io.github.belfry.internal.pool;

import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Where a pool's requests are: in the rings of its slots, or in the backlog; {@link Mover} moves them. */
final class Placement {
    private final List<Slot> slots;
    private final Backlog backlog;
    private final Balancer balancer;
    private final Mover mover;

    Placement(
            PoolOptions options,
            List<Slot> slots,
            Pace pace,
            Admission admission,
            ReplyThread replies,
            SlotListener listener) {
        this.slots = slots;
        this.backlog = new Backlog(options, listener);
        this.balancer = new Balancer(slots, pace);
        this.mover = new Mover(slots, backlog, balancer, admission, replies, pace);
    }

    /** What waits on the heap. */
    Backlog backlog() {
        return backlog;
    }

    Mover mover() {
        return mover;
    }

    /** Room for a request, reserved; null when there is none. */
    @Nullable
    Destination tryReserve(int size) {
        Slot slot = tryReserveSlot(size);
        if (slot != null || !backlog.tryReserve(size, balancer.bytes())) {
            return slot;
        }
        slot = tryReserveSlot(size); // if there was no room a moment ago, there is
        if (slot == null) {
            return backlog;
        }
        backlog.unreserve(size);
        return slot;
    }

    /** Those that wait come first. */
    @Nullable
    Slot tryReserveSlot(int size) {
        if (!backlog.isEmpty()) {
            mover.roomChanged(null);
        }
        return backlog.isEmpty() ? balancer.reserve(size) : null;
    }

    boolean mayFollow(Slot slot, int size, int count) {
        return backlog.isEmpty() && balancer.mayFollow(slot, size, count);
    }

    /** A slot whose worker has nothing to do, reserved; or null. */
    @Nullable
    Slot tryReserveIdle(int size) {
        return backlog.isEmpty() ? balancer.reserveIdle(size) : null;
    }

    /** For the supervisor: moves what has waited for too long. */
    void balance() {
        mover.balance();
        writeCounters();
    }

    /** For readers of statistics. */
    void writeCounters() {
        backlog.writeCounters(slots.get(0).requests());
    }

    /** Of those that aren't answered, some twice while they move. Without a lock: each may be settled, or reused. */
    void forEachRequest(Consumer<Request<?>> look) {
        backlog.forEach(look);
        for (Slot slot : slots) {
            for (Request<?> request = slot.queue().peek(); request != null; request = request.next) {
                look.accept(request);
            }
        }
    }

    /** Whether nothing is unanswered, nor about to be submitted. A request that moves is in two places, never in none. */
    boolean isDrained() {
        long before = submitted();
        return backlog.isDrained()
                // In this order: a thread that gives the reservation back has counted its request.
                && slots.stream().allMatch(slot -> !slot.isReserved() && slot.load() == 0)
                && backlog.isDrained()
                && submitted() == before;
    }

    private long submitted() {
        return slots.stream().mapToLong(slot -> slot.writer().submitted()).sum();
    }
}
