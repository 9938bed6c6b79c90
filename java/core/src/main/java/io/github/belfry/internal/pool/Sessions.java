package io.github.belfry.internal.pool;

import io.github.belfry.RequestInterruptedException;
import io.github.belfry.internal.sys.CallbackThreads;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Opens sessions, and is where callers wait for a worker to have one with. */
final class Sessions {
    private final String pool;
    private final List<Slot> slots;
    private final Admission admission;
    private final ReplyThread replies;
    private final WaitingLine line = new WaitingLine();

    Sessions(String pool, List<Slot> slots, Admission admission, ReplyThread replies) {
        this.pool = pool;
        this.slots = slots;
        this.admission = admission;
        this.replies = replies;
    }

    /** A worker may be ready now, or the pool refuse requests. */
    void changed() {
        line.changed();
    }

    /** With the worker that has the fewest. Blocks until one is ready. */
    Session open() {
        admission.check();
        Session opened;
        try {
            CallbackThreads.aboutToBlock();
            opened = line.await(this::tryOpen, admission::isOpen, Deadlines.NEVER);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RequestInterruptedException("interrupted while waiting for a worker that is ready", false);
        }
        if (opened == null) {
            admission.check();
        }
        return Objects.requireNonNull(opened);
    }

    private @Nullable Session tryOpen() {
        Slot best = null;
        Incarnation its = null;
        for (Slot slot : slots) {
            Incarnation incarnation = slot.worker().running();
            if (slot.isServing() && incarnation != null && (its == null || incarnation.sessions() < its.sessions())) {
                best = slot;
                its = incarnation;
            }
        }
        if (best == null || its == null) {
            return null;
        }
        its.sessionOpened();
        return new Session(pool, best, its, admission, replies);
    }
}
