package io.github.belfry.internal.pool;

import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * For how long requests have waited for a worker, all together. No request's time is taken: the supervisor looks now and
 * then how many wait, and each of them stands for the mean time between two looks. The looks are at random moments that
 * depend on nothing (their distances are distributed exponentially), so that the sum is right on average whatever the
 * requests' rhythm is. Costs nothing until it is asked for.
 */
final class WaitEstimate {
    private static final long MEAN_PAUSE_NANOS = 25_000_000;

    private final List<Slot> slots;
    private final Backlog backlog;
    private final WaitingLine line;
    private volatile boolean wanted;
    private volatile long waitedNanos;

    /** Of the supervisor; {@link Worker#NEVER} while it has nothing to look at. */
    private long nextNanos = Worker.NEVER;

    WaitEstimate(List<Slot> slots, Backlog backlog, WaitingLine line) {
        this.slots = slots;
        this.backlog = backlog;
        this.line = line;
    }

    /** From now on. Any thread. */
    void begin() {
        wanted = true;
    }

    /** Any thread. */
    long waitedNanos() {
        return waitedNanos;
    }

    // ---- For the supervisor

    /** When the next look is due, in a pool that is busy. */
    long nextNanos(long now) {
        if (wanted && nextNanos == Worker.NEVER) {
            nextNanos = later(now);
        }
        return nextNanos;
    }

    /** Nothing is in flight, so nothing waits. */
    void pause() {
        nextNanos = Worker.NEVER;
    }

    void look(long now) {
        if (now >= nextNanos) {
            waitedNanos += waiting() * MEAN_PAUSE_NANOS;
            nextNanos = later(now);
        }
    }

    private static long later(long now) {
        double uniform = 1 - ThreadLocalRandom.current().nextDouble();
        return now + (long) (-Math.log(uniform) * MEAN_PAUSE_NANOS);
    }

    /** Callers without room, requests in no ring, and those in rings but the one that each worker has in hand. */
    private long waiting() {
        long waiting = line.length() + backlog.size();
        for (Slot slot : slots) {
            waiting += slot.sessionLine().length()
                    + Math.max(0, slot.waiting() - (slot.worker().isServing() ? 1 : 0));
        }
        return waiting;
    }
}
