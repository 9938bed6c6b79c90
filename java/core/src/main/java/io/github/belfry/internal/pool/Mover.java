package io.github.belfry.internal.pool;

import io.github.belfry.internal.ring.Layout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Gives workers that have little to do requests that wait elsewhere: first those of the {@link Backlog}, then those that
 * lie in another worker's ring, behind one that takes long, or with no worker at all. Called by any thread that finds
 * such a worker; no method blocks.
 */
final class Mover {
    private final List<Slot> slots;
    private final Backlog backlog;
    private final Balancer balancer;
    private final Admission admission;
    private final ReplyThread replies;
    private final Pace pace;

    /** Calls of {@code feed} that the thread which feeds has not seen to. */
    private final AtomicInteger calls = new AtomicInteger();

    /** Whether a ring may have a request that waits behind another one. */
    private volatile boolean crowded;

    Mover(
            List<Slot> slots,
            Backlog backlog,
            Balancer balancer,
            Admission admission,
            ReplyThread replies,
            Pace pace) {
        this.slots = slots;
        this.backlog = backlog;
        this.balancer = balancer;
        this.admission = admission;
        this.replies = replies;
        this.pace = pace;
    }

    /** A request was published behind another one. The caller has fenced since. */
    void crowded() {
        if (!crowded && slots.size() > 1) {
            crowded = true;
        }
    }

    /** There may be room in this slot, or if it is null in any. The caller has fenced since. */
    void roomChanged(@Nullable Slot slot) {
        if (!backlog.isEmpty()) {
            feed();
        } else if (slot != null && crowded && slot.isIdle()) {
            relieveOthers(slot);
        }
    }

    /** The same for all, at the supervisor's ticks: for what takes unexpectedly long, or has lost its worker. */
    void balance() {
        pace.lookAtClock();
        if (!backlog.isEmpty()) {
            feed();
        }
        Slot busiest = slots.size() > 1 ? busiest() : null;
        for (int i = 0; i < slots.size() && busiest != null; i++) {
            Slot slot = slots.get(i);
            if (slot.isIdle()) {
                relieve(busiest, slot);
                busiest = busiest();
            }
        }
    }

    // ---- From the backlog

    /** By one thread at a time; a call meanwhile makes that thread look once more. */
    private void feed() {
        int seen = calls.incrementAndGet();
        if (seen > 1) {
            return;
        }
        boolean fed = false;
        try {
            do {
                feedAll();
                seen = calls.addAndGet(-seen);
            } while (seen > 0);
            fed = true;
        } finally {
            if (!fed) {
                calls.set(0); // the supervisor's next tick feeds
            }
        }
    }

    private void feedAll() {
        for (Request<?> next = backlog.peek(); next != null; next = backlog.peek()) {
            Slot slot = balancer.reserve(next.size);
            if (slot == null) {
                return;
            }
            if (slot.waiting() == 0) {
                pace.starved();
            }
            if (!move(next, null, slot)) {
                slot.unreserve();
            }
        }
    }

    /** Of a request that its worker has skipped and that is pinned: it waits again, before all newcomers. */
    void giveBack(Request<?> request, ByteBuffer bytes) {
        Request<?> copy = request.moved();
        ByteBuffer body = backlog.body(request.size).put(bytes);
        copy.takeHistory(request);
        backlog.giveBack(copy, request.id(), body);
        copy.tellFuture();
    }

    // ---- From other rings

    /** To {@code idle}, from the worker whose requests wait longest. */
    private void relieveOthers(Slot idle) {
        Slot busiest = busiest();
        if (busiest != null) {
            relieve(busiest, idle);
        }
    }

    private @Nullable Slot busiest() {
        crowded = false;
        VarHandle.fullFence(); // a thread that publishes sees this, or we see its request
        Slot busiest = null;
        long longest = 0;
        for (Slot slot : slots) {
            if (slot.waiting() > (slot.isServing() ? 1 : 0)) {
                crowded = true;
            }
            if (Balancer.isSlow(slot) && Balancer.waitNanos(slot) > longest) {
                longest = Balancer.waitNanos(slot);
                busiest = slot;
            }
        }
        return busiest;
    }

    /** Takes the oldest that aren't begun; from a worker that goes on half of them. */
    private void relieve(Slot busiest, Slot idle) {
        int most = pace.limit();
        if (busiest.isServing()) {
            most = Math.max(1, Math.min(busiest.waiting(), most) / 2);
        }
        Request<?> next = busiest.withdrawal().oldest();
        while (next != null && most-- > 0 && idle.tryReserve()) {
            if (!idle.writer().hasRoom(next.size) || !move(next, busiest, idle)) {
                idle.unreserveUntold();
                if (!backlog.isEmpty()) {
                    feed();
                }
                return;
            }
            next = busiest.withdrawal().oldest();
        }
    }

    // ---- Both

    /**
     * Publishes a copy of the request in {@code to}, which is reserved, and looks at the fate of requests again. False
     * when it was settled, or its worker has begun it.
     *
     * @param from null for the backlog
     */
    private boolean move(Request<?> request, @Nullable Slot from, Slot to) {
        // Allocate before the irreversible tell: no failure may leave a request pinned.
        Request<?> copy = request.moved();
        ByteBuffer body = to.body(request.size);
        ByteBuffer bytes = from == null
                ? ByteBuffer.allocate(0)
                : from.writer().published(request.start(), request.size);
        if (!request.pin()) {
            return false;
        }
        if (from != null && !(request.isMovable() && from.withdrawal().tell(request, Layout.SKIP))) {
            from.unpin(request);
            return false;
        }
        copy.takeHistory(request);
        body.put(from == null ? Objects.requireNonNull(request.body()) : bytes);
        to.publish(copy, request.id());
        copy.tellFuture();
        if (from == null) {
            backlog.moved(request);
        } else {
            from.movedAway(request);
        }
        admission.failIfGivenUp(copy, replies::fail);
        return true;
    }
}
