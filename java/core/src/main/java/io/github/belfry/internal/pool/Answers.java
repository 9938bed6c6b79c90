package io.github.belfry.internal.pool;

import io.github.belfry.WorkerFaultException;
import io.github.belfry.internal.ring.Layout;
import io.github.belfry.internal.ring.MasterSleep;
import io.github.belfry.internal.ring.RingReader;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Takes the replies of a slot's worker, under the slot's consumer lock, which is given back before users read them. */
final class Answers {
    private static final int NOT_HERE = -1;

    /** For replies of a map, which are arrays. */
    private static final CopyBuffer UNUSED = new CopyBuffer();

    private final Slot slot;
    private final SlotListener listener;
    private final SpareRequests spares = new SpareRequests();

    Answers(Slot slot, SlotListener listener) {
        this.slot = slot;
        this.listener = listener;
    }

    /** Takes replies until the batch is full, if no other thread does; whether any. For the thread that leads. */
    boolean take(ReplyBatch batch) {
        return takeWhile(current -> !batch.isFull() && take(current, batch)) > 0;
    }

    /**
     * Takes replies to requests of this map, in its thread, until one comes that isn't, which is left to the pool's
     * thread; whether any.
     */
    boolean takeFor(RequestMap<?, ?> map) {
        if (!slot.hasUnread()) { // asked again and again
            return false;
        }
        int count = takeWhile(current -> isNextOf(map) && take(current, map));
        if (count != NOT_HERE && slot.hasUnread() && !isNextOf(map)) {
            listener.unread(slot);
        }
        return count > 0;
    }

    /**
     * Takes replies until {@code takeOne}, which gets their incarnation, gives false; how many. {@link #NOT_HERE} when
     * there is none, or another thread does.
     */
    private int takeWhile(Predicate<Incarnation> takeOne) {
        Incarnation current = slot.incarnation();
        if (current == null || !current.reader().hasMore() || !slot.tryConsume()) {
            return NOT_HERE;
        }
        int count = 0;
        current = slot.incarnation();
        try {
            while (current != null && count < ReplyBatch.MAX_REPLIES && takeOne.test(current)) {
                count++;
            }
            if (count > 0 && current != null) {
                slot.progress().replied(current.replies());
            }
        } finally {
            giveBack(count > 0 ? current : null);
        }
        return count;
    }

    private boolean isNextOf(RequestMap<?, ?> map) {
        Request<?> oldest = slot.queue().peek();
        return oldest != null && (oldest.future instanceof MapElement element ? element.isOf(map) : oldest.isSettled());
    }

    private boolean take(Incarnation current, RequestMap<?, ?> map) {
        Request<?> request = next(current);
        if (request == null) {
            return false;
        }
        MapElement element = request.future instanceof MapElement mine ? mine : null;
        if (request.settlePinned() && element != null && request.keep(current.reader(), UNUSED)) {
            map.take(element, request);
        } else {
            request.forget();
        }
        return true;
    }

    private boolean take(Incarnation current, ReplyBatch batch) {
        Request<?> request = next(current);
        if (request == null) {
            return false;
        }
        if (request.settlePinned()) {
            batch.add(request, current.reader());
        } else {
            request.forget();
        }
        listener.roomChanged(slot); // unfenced, so for what is seen by chance: the worker goes on with that meanwhile
        return true;
    }

    /**
     * Gives the consumer lock back. One fence is between reply_head and what was freed, and all that is looked at then:
     * a submitter that waits for room, the queue, worker_sleep; see {@link io.github.belfry.internal.ring.Ringer}.
     *
     * @param from the incarnation of which replies were taken; null: none
     */
    private void giveBack(@Nullable Incarnation from) {
        if (from != null) {
            from.reader().release();
        }
        slot.stopConsuming(); // and a fence
        listener.roomChanged(slot);
        if (from != null) {
            ringWaiting(from);
        }
    }

    /** A worker that waits for room has a request in hand. The caller has released replies and fenced since. */
    private void ringWaiting(Incarnation current) {
        if (slot.queue().peek() != null) {
            current.ringer().ringSleeper();
        }
    }

    /**
     * The oldest request, which the next reply answers: pinned, unless it has no future or is settled. Its bytes are
     * free, and {@link Slot#tellFreed} is to come; the reply's space is the caller's to release. Null when there is no
     * reply, no rule to trust, or another thread has the request pinned.
     */
    @Nullable
    Request<?> next(Incarnation current) {
        if (current.isBroken() || !current.reader().hasNext()) {
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
    Request<?> newCall(int type, int size) {
        return spares.take(type, size);
    }

    /**
     * Looks for the reply to {@code request} for up to {@code spinNanos}, and gives the consumer lock back.
     *
     * @return null when there was one: then {@code caller} has what {@code read} made of it, or a {@link CallCopies.Copy}
     *     for it to read. Otherwise a future of the same, which the pool's thread completes
     */
    <R> @Nullable CompletableFuture<?> poll(
            Request<?> request, Function<ByteBuffer, R> read, long spinNanos, Caller caller, CallCopies copies) {
        Incarnation current = slot.incarnation();
        boolean taken = false;
        CompletableFuture<?> future = null;
        ByteBuffer inPlace = null;
        try {
            taken = current != null && current.reader().await(spinNanos) && next(current) == request;
            if (taken) {
                request.settlePinned();
                spares.keep(request);
                inPlace = takePolled(current, read, caller, copies);
            } else {
                slot.progress().begun();
                future = request.sleepFor(copying(read, copies));
            }
        } finally {
            handBack(current, taken);
        }
        if (inPlace != null) {
            try {
                caller.keep(caller.read(read, inPlace));
            } finally {
                letGo(current);
            }
        }
        return future;
    }

    /** How a reply is taken that isn't read in place. */
    static Copying<?> copying(Function<ByteBuffer, ?> read, CallCopies copies) {
        return read instanceof Copying<?> itself ? itself : copies.take();
    }

    /**
     * The bytes to be read in place; null when they were copied. They are if another caller reads there, if requests
     * need the room, and for a worker with sessions, which can't be replaced if they come to need it.
     */
    private @Nullable ByteBuffer takePolled(
            Incarnation current, Function<ByteBuffer, ?> read, Caller caller, CallCopies copies) {
        RingReader reader = current.reader();
        if (reader.code() != 0) {
            throw new WorkerFaultException(reader.code(), reader.copy());
        }
        ByteBuffer body = reader.body();
        if (read instanceof Copying
                || reader.isHeld()
                || slot.queue().peek() != null
                || current.sessions() > 0) {
            caller.keep(copying(read, copies).apply(body));
            return null;
        }
        reader.hold();
        return body;
    }

    /**
     * In this order: asleep, lock free, fence, look. In any other order a reply that comes now may be missed. A caller
     * that has its reply leaves the sleep to the next request that isn't polled for, see {@link MasterSleep}.
     */
    private void handBack(@Nullable Incarnation current, boolean taken) {
        if (!taken) {
            slot.sleep().fallAsleep();
        }
        giveBack(taken ? current : null);
        if (slot.hasUnread()) {
            listener.unread(slot);
        }
    }

    /** After a reply was read in place: gives its space back, of which the incarnation may have ended meanwhile. */
    private void letGo(Incarnation held) {
        if (held.reader().letGo()) {
            held.replies().close();
            return;
        }
        while (slot.incarnation() == held) {
            if (slot.tryConsume()) {
                giveBack(slot.incarnation() == held ? held : null);
                if (slot.hasUnread()) {
                    listener.unread(slot);
                }
                return;
            }
            Thread.yield(); // the holder runs no user code
        }
    }
}
