package io.github.belfry.internal.pool;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the least loaded slot that has room for a request, and reserves it. Any number of threads choose at the same
 * time; no method blocks.
 */
final class Balancer {
    private final List<Slot> slots;

    Balancer(List<Slot> slots) {
        this.slots = slots;
    }

    /** The least loaded slot whose worker is ready; without one that of any; null when none has room. */
    @Nullable
    Slot reserve(int size) {
        Slot best = reserveReady(size);
        return best == null && slots.stream().noneMatch(Slot::isServing) ? leastLoaded(size, false) : best;
    }

    /** The least loaded slot whose worker is ready; null when none has room. */
    @Nullable
    Slot reserveReady(int size) {
        return leastLoaded(size, true);
    }

    private @Nullable Slot leastLoaded(int size, boolean serving) {
        int count = slots.size();
        // Each thread begins at a slot of its own, so that threads don't compete for the same one.
        int first = (int) (Thread.currentThread().getId() % count);
        Slot best = null;
        int bestLoad = Integer.MAX_VALUE;
        for (int i = 0; i < count; i++) {
            Slot slot = slots.get((first + i) % count);
            if (slot.isServing() != serving
                    || slot.isReserved()
                    || !slot.writer().hasRoom(size)) {
                continue;
            }
            // A thread that polls for its reply there, or a callback, makes a request wait as well.
            int load = slot.load() + (slot.isConsumed() ? 1 : 0);
            if (load < bestLoad) {
                best = slot;
                bestLoad = load;
                if (load == 0) {
                    break;
                }
            }
        }
        return best == null || tryReserve(best, size) ? best : any(size, serving);
    }

    /** After another thread has reserved the best one first. */
    private @Nullable Slot any(int size, boolean serving) {
        for (Slot slot : slots) {
            if (slot.isServing() == serving && tryReserve(slot, size)) {
                return slot;
            }
        }
        return null;
    }

    private static boolean tryReserve(Slot slot, int size) {
        if (!slot.tryReserve()) {
            return false;
        }
        if (slot.writer().hasRoom(size)) {
            return true;
        }
        slot.unreserve();
        return false;
    }

    /** Whether a slot has room and is only reserved by another thread, which takes a moment. */
    boolean isMomentarilyTaken(int size) {
        return slots.stream()
                .anyMatch(slot -> slot.isReserved() && slot.writer().hasRoom(size));
    }
}
