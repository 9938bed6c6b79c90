package io.github.belfry.internal.pool;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the least loaded slot that has room for a request, and reserves it. Any number of threads choose at the same
 * time; no method blocks.
 */
final class Balancer {
    private final List<Place> places;

    Balancer(List<Place> places) {
        this.places = places;
    }

    /** The least loaded slot whose worker is ready; without one that of any; null when none has room. */
    @Nullable
    Place reserve(int size) {
        Place best = reserveReady(size);
        return best == null && places.stream().noneMatch(Place::isUp) ? leastLoaded(size, false) : best;
    }

    /** The least loaded slot whose worker is ready; null when none has room. */
    @Nullable
    Place reserveReady(int size) {
        return leastLoaded(size, true);
    }

    private @Nullable Place leastLoaded(int size, boolean up) {
        int count = places.size();
        // Each thread begins at a slot of its own, so that threads don't compete for the same one.
        int first = (int) (Thread.currentThread().getId() % count);
        Place best = null;
        int bestLoad = Integer.MAX_VALUE;
        for (int i = 0; i < count; i++) {
            Place place = places.get((first + i) % count);
            if (place.isUp() != up || place.isReserved() || !place.writer().hasRoom(size)) {
                continue;
            }
            // A thread that polls for its reply there, or a callback, makes a request wait as well.
            int load = place.load() + (place.isConsumed() ? 1 : 0);
            if (load < bestLoad) {
                best = place;
                bestLoad = load;
                if (load == 0) {
                    break;
                }
            }
        }
        return best == null || tryReserve(best, size) ? best : any(size, up);
    }

    /** After another thread has reserved the best one first. */
    private @Nullable Place any(int size, boolean up) {
        for (Place place : places) {
            if (place.isUp() == up && tryReserve(place, size)) {
                return place;
            }
        }
        return null;
    }

    private static boolean tryReserve(Place place, int size) {
        if (!place.tryReserve()) {
            return false;
        }
        if (place.writer().hasRoom(size)) {
            return true;
        }
        place.unreserve();
        return false;
    }

    /** Whether a slot has room and is only reserved by another thread, which takes a moment. */
    boolean isMomentarilyTaken(int size) {
        return places.stream()
                .anyMatch(place -> place.isReserved() && place.writer().hasRoom(size));
    }
}
