package io.github.belfry.internal.pool;

import io.github.belfry.internal.ring.Layout;
import io.github.belfry.internal.ring.MasterSleep;
import io.github.belfry.internal.ring.RingReader;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Takes the replies of a slot's worker and completes the requests that they answer, under the slot's consumer lock. */
final class Answers {
    private final Slot slot;
    private final SlotListener listener;
    private final SpareRequests spares = new SpareRequests();

    Answers(Slot slot, SlotListener listener) {
        this.slot = slot;
        this.listener = listener;
    }

    /**
     * Takes up to {@code max} replies if no other thread does, and completes their futures in this thread; how many.
     */
    int read(int max) {
        Incarnation current = slot.incarnation();
        if (current == null || !current.reader().hasMore() || !slot.tryConsume()) {
            return 0;
        }
        int count = 0;
        try {
            current = slot.incarnation();
            while (current != null && count < max && take(current)) {
                count++;
            }
            if (count > 0 && current != null) {
                slot.progress().replied(current.replies());
            }
        } finally {
            slot.stopConsuming();
        }
        return count;
    }

    /** Takes one reply and completes its future; false when there is none. */
    private boolean take(Incarnation current) {
        Request<?> request = next(current);
        if (request == null) {
            return false;
        }
        slot.tellFreed();
        complete(request, current.reader());
        request.forget();
        release(current);
        return true;
    }

    /** After each reply and not after all, for the next callback may block. */
    private void release(Incarnation current) {
        current.reader().release();
        // Between reply_head and both the queue and worker_sleep, see Ringer.
        VarHandle.fullFence();
        ringWaiting(current);
    }

    /** A worker that waits for room has a request in hand. The caller has released replies and fenced since. */
    private void ringWaiting(Incarnation current) {
        if (slot.queue().peek() != null) {
            current.ringer().ringSleeper();
        }
    }

    private static <R> void complete(Request<R> request, RingReader reader) {
        CompletableFuture<R> future = request.future;
        if (!request.settlePinned() || future == null) {
            return;
        }
        if (!reader.isSkipped()) {
            request.answer(future, reader.code(), reader.body());
        } else if (request.mark() != 0) {
            future.completeExceptionally(Session.gone());
        }
    }

    /**
     * The oldest request, which the next reply answers: pinned, unless it has no future or is settled. Its bytes are
     * free, and {@link Slot#tellFreed} is to come; the reply's space is the caller's to release. Null when there is no
     * reply, no rule to trust, or another thread has the request pinned.
     */
    @Nullable
    Request<?> next(Incarnation current) {
        if (current.isBroken() || !current.reader().hasMore()) {
            return null;
        }
        // After the look for a reply: the request that it answers was queued before.
        Request<?> oldest = slot.queue().peek();
        if (oldest != null && !oldest.claim()) {
            return null;
        }
        try {
            current.reader().next();
            check(current.reader(), oldest);
            if (current.reader().isSkipped()) {
                skipped(oldest);
            }
            current.reader().accept();
            slot.free(oldest);
            return oldest;
        } catch (RingReader.BrokenRuleException e) {
            if (oldest != null) {
                oldest.unpin();
            }
            current.quarantine(e.getMessage());
            return null;
        }
    }

    /** Before its bytes are free: a worker may skip a request that was to move and has not, and is still waited for. */
    private void skipped(Request<?> request) {
        if (request.isMovable()) {
            listener.skipped(request, slot.writer().published(request.start(), request.size));
        } else if (!request.isTakenBack() && !request.hasBegun) {
            slot.requests().addAtomically(Layout.WITHDRAWN, 1); // that wasn't certain before
        }
        slot.requests().addAtomically(Layout.LEFT, 1);
    }

    private static void check(RingReader reader, @Nullable Request<?> oldest) throws RingReader.BrokenRuleException {
        if (oldest == null) {
            reader.check(RingReader.NO_REQUEST, 0);
        } else {
            reader.check(oldest.id(), oldest.type);
            reader.checkFlags(oldest.withdrawn(), oldest.isTakenBack());
        }
    }

    /**
     * Ends a worker that has broken a rule and not rung. Without the consumer lock: a thread that takes replies
     * meanwhile checks them itself. In this order: taken, lock free, the reply, the oldest request, taken.
     */
    void checkUnread() {
        Incarnation current = slot.incarnation();
        if (current == null || !slot.hasUnread()) {
            return;
        }
        long taken = current.reader().taken();
        if (slot.isConsumed()) {
            return;
        }
        try {
            RingReader lookAhead = current.reader().lookAhead(taken);
            if (lookAhead.next()) {
                check(lookAhead, slot.queue().peek());
            }
        } catch (RingReader.BrokenRuleException e) {
            VarHandle.acquireFence();
            if (current.reader().taken() == taken) {
                current.quarantine(e.getMessage());
            }
        }
    }

    /**
     * Under the consumer lock, while no worker runs: takes those away from the front that were settled without a reply;
     * how many.
     */
    int dropSettled() {
        int count = 0;
        for (Request<?> oldest = slot.oldestPublished();
                oldest != null && oldest.isSettled();
                oldest = slot.oldestPublished()) {
            slot.remove(oldest);
            oldest.forget();
            slot.requests().addAtomically(Layout.LEFT, 1);
            count++;
        }
        return count;
    }

    // ---- Replies to a thread that polls for its own

    /** Under both locks: a request without a future, for a caller that polls. */
    <R> Request<R> newCall(int type, int size, Function<ByteBuffer, R> read) {
        return spares.take(type, size, read);
    }

    /**
     * Looks for the reply to {@code request} for up to {@code spinNanos}, then gives the consumer lock back.
     *
     * @return null when there was one, given to {@code caller}; otherwise a future, which the pool's thread completes
     */
    <R> @Nullable ReplyFuture<R> poll(Request<R> request, long spinNanos, Caller caller) {
        Incarnation current = slot.incarnation();
        boolean taken = false;
        ReplyFuture<R> future = null;
        try {
            taken = current != null && current.reader().await(spinNanos) && next(current) == request;
            if (taken) {
                request.settlePinned();
                caller.accept(request, current.reader().code(), current.reader().body());
                spares.keep(request);
            } else {
                slot.progress().begun();
                future = new ReplyFuture<>();
                future.isFor(null, request);
                request.future = future;
            }
        } finally {
            handBack(current, taken);
        }
        return future;
    }

    /**
     * In this order: asleep, lock free, fence, look. In any other order a reply that comes now may be missed. A caller
     * that has its reply leaves the sleep to the next request that isn't polled for, see {@link MasterSleep}.
     */
    private void handBack(@Nullable Incarnation current, boolean taken) {
        if (taken) {
            current.reader().release();
        } else {
            slot.sleep().fallAsleep();
        }
        slot.stopConsuming(); // and a fence
        listener.roomChanged(slot);
        if (taken) {
            ringWaiting(current);
        }
        if (slot.hasUnread()) {
            listener.unread(slot);
        }
    }
}
