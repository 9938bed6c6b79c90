package io.github.belfry.internal.pool;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the slot where a request is expected to be begun first, and reserves it. Any number of threads choose at the
 * same time; no method blocks.
 *
 * <p>A worker that sleeps costs its wake-up, so requests of a microsecond fill those that are awake, and requests of a
 * millisecond spread at once.
 */
final class Balancer {
    /** How often a ring is looked at again that another thread writes into: about as long as that takes. */
    private static final int RESERVATION_TRIES = 30;

    private final List<Slot> slots;
    private final Pace pace;

    Balancer(List<Slot> slots, Pace pace) {
        this.slots = slots;
        this.pace = pace;
    }

    /** Null when each worker that is ready has as many requests as may lie in its ring, or no room. */
    @Nullable
    Slot reserve(int size) {
        Slot slot = tryReserve(size, pace.limit());
        for (int tries = 0; slot == null && tries < RESERVATION_TRIES && isMomentarilyTaken(size); tries++) {
            Thread.onSpinWait();
            slot = tryReserve(size, pace.limit());
        }
        return slot;
    }

    /** Whether a slot has room and is only reserved by another thread, mostly for a moment. */
    private boolean isMomentarilyTaken(int size) {
        int limit = pace.limit();
        for (Slot slot : slots) {
            if (slot.isReserved()
                    && slot.isServing()
                    && slot.waiting() < limit
                    && slot.writer().hasRoom(size)) {
                return true;
            }
        }
        return false;
    }

    private @Nullable Slot tryReserve(int size, int limit) {
        int first = first();
        Slot best = null;
        long shortest = Long.MAX_VALUE;
        for (int i = 0; i < slots.size() && shortest > Pace.WAKE_NANOS; i++) {
            Slot slot = slots.get((first + i) % slots.size());
            if (isEligible(slot, limit) && slot.writer().hasRoom(size)) {
                long wait = waitNanos(slot);
                if (wait < shortest) {
                    best = slot;
                    shortest = wait;
                }
            }
        }
        return best == null || tryReserve(best, size) ? best : reserveAny(size, limit);
    }

    /** After another thread has reserved the best one first. */
    private @Nullable Slot reserveAny(int size, int limit) {
        for (Slot slot : slots) {
            if (isEligible(slot, limit) && tryReserve(slot, size)) {
                return slot;
            }
        }
        return null;
    }

    private static boolean isEligible(Slot slot, int limit) {
        return slot.isServing() && !slot.isReserved() && slot.waiting() < limit;
    }

    /** Under the reservation: {@code count} requests before this one take it less time than a wake-up. */
    boolean mayFollow(Slot slot, int size, int count) {
        return slot.isServing()
                && slot.waiting() < pace.limit()
                && slot.writer().hasRoom(size)
                && count * pace.averageNanos() < Pace.WAKE_NANOS;
    }

    /** A slot for a caller that polls: its worker ready, with nothing unanswered; or null. */
    @Nullable
    Slot reserveIdle(int size) {
        int first = first();
        for (int i = 0; i < slots.size(); i++) {
            Slot slot = slots.get((first + i) % slots.size());
            if (slot.isServing() && !slot.isConsumed() && slot.load() == 0 && tryReserve(slot, size)) {
                if (slot.load() == 0) {
                    return slot;
                }
                slot.unreserve();
            }
        }
        return null;
    }

    /** Whether requests wait here for so long that they had better move: also one alone, of a worker that stands. */
    static boolean isSlow(Slot slot) {
        int waiting = slot.waiting();
        return waiting > 0
                && (!slot.isServing()
                        || slot.progress().isSlow(waiting - 1)
                                && slot.withdrawal().oldest() != null);
    }

    /** How long a request that comes now is expected to wait here. */
    static long waitNanos(Slot slot) {
        if (!slot.isServing()) {
            return Long.MAX_VALUE;
        }
        int before = slot.waiting();
        if (before > 0) {
            return slot.progress().waitNanos(before, slot.isConsumed());
        }
        Incarnation current = slot.incarnation();
        return current != null && current.ringer().isAsleep() ? Pace.WAKE_NANOS : 0;
    }

    /** Each thread begins at a slot of its own, so that threads don't compete for the same one. */
    private int first() {
        return (int) (Thread.currentThread().getId() % slots.size());
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

    /** What lies in all rings. */
    long bytes() {
        long bytes = 0;
        for (Slot slot : slots) {
            bytes += slot.writer().bytes();
        }
        return bytes;
    }
}
