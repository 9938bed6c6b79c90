package io.github.belfry.internal.pool;

import io.github.belfry.WorkerDiedException;
import io.github.belfry.WorkerExit;
import io.github.belfry.internal.ring.Layout;
import io.github.belfry.internal.sys.LastLine;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Requests that all go to one incarnation of a worker, for what its process keeps between them. When that has died they
 * fail: the supervisor looks for them once the slot has no incarnation, and the thread that publishes one looks for the
 * incarnation, so either sees the other.
 */
public final class Session implements Route {
    private final String pool;
    private final Slot slot;
    private final Incarnation incarnation;
    private final Admission admission;
    private final ReplyThread replies;
    private volatile boolean closed;

    Session(String pool, Slot slot, Incarnation incarnation, Admission admission, ReplyThread replies) {
        this.pool = pool;
        this.slot = slot;
        this.incarnation = incarnation;
        this.admission = admission;
        this.replies = replies;
    }

    /** Of an incarnation's requests, in a record's {@code withdrawn}. */
    static int mark(Incarnation incarnation) {
        return (int) incarnation.info().incarnation() << Layout.SESSION_SHIFT;
    }

    public int worker() {
        return slot.index();
    }

    public long pid() {
        return incarnation.pid();
    }

    @Override
    public boolean isOpen() {
        return !closed && isAlive() && admission.isOpen();
    }

    @Override
    public boolean isClosed() {
        return closed || admission.isClosed();
    }

    private boolean isAlive() {
        return slot.incarnation() == incarnation && incarnation.exit() == null;
    }

    /** What was given to it is still answered. Neither blocks nor ends the worker. Idempotent. */
    public synchronized void close() {
        if (!closed) {
            closed = true;
            incarnation.sessionClosed();
            slot.sessionLine().changed();
        }
    }

    // ---- A route

    @Override
    public void check() {
        if (closed) {
            throw new IllegalStateException(
                    "pool " + pool + ": the session with " + incarnation.child() + " is closed");
        }
        admission.check();
        if (!isAlive()) {
            throw died(false, 0);
        }
    }

    @Override
    public @Nullable Destination tryReserve(int size) {
        return tryReserveSlot(size);
    }

    @Override
    public @Nullable Slot tryReserveSlot(int size) {
        if (!isAlive() || !slot.writer().hasRoom(size) || !slot.tryReserve()) {
            return null;
        }
        if (slot.writer().hasRoom(size)) {
            return slot;
        }
        slot.unreserve();
        return null;
    }

    @Override
    public boolean mayFollow(Slot reserved, int size, int count) {
        return isAlive() && !line().isAwaited() && slot.writer().hasRoom(size);
    }

    @Override
    public @Nullable Slot tryReserveIdle(int size) {
        if (!isAlive() || slot.isConsumed() || slot.load() > 0 || !slot.tryReserve()) {
            return null;
        }
        if (slot.load() == 0 && slot.writer().hasRoom(size)) {
            return slot;
        }
        slot.unreserve();
        return null;
    }

    @Override
    public WaitingLine line() {
        return slot.sessionLine();
    }

    @Override
    public int mark() {
        return mark(incarnation);
    }

    @Override
    public void published(Request<?> request) {
        if (slot.incarnation() != incarnation) {
            fail(request);
        }
    }

    // ---- The end of its process

    /** After its death, when the slot has no incarnation, or another one. */
    private void fail(Request<?> request) {
        fail(request, slot, replies, died(false, 0));
    }

    /** {@code why} is allocated before the request is irreversibly settled. */
    static void fail(Request<?> request, Slot slot, ReplyThread replies, WorkerDiedException why) {
        CompletableFuture<?> future = request.future;
        if (future != null && request.pin()) {
            slot.movedAway(request);
            replies.fail(() -> future.completeExceptionally(why));
        }
    }

    private WorkerDiedException died(boolean mayHaveRun, int attempts) {
        return died(pool, incarnation, mayHaveRun, attempts);
    }

    /** Of a request that came after its incarnation's death, and that the next one has skipped. */
    static WorkerDiedException gone() {
        return new WorkerDiedException(
                "the worker of this session had ended before it could begin the request",
                new WorkerExit.Lost(),
                0,
                "",
                false,
                null);
    }

    static WorkerDiedException died(String pool, Incarnation incarnation, boolean mayHaveRun, int attempts) {
        WorkerExit exit = incarnation.exit();
        String tail = incarnation.stderr().text();
        return new WorkerDiedException(
                "pool " + pool + ": the worker of this session has ended: " + incarnation + LastLine.said(tail),
                exit == null ? new WorkerExit.Lost() : exit,
                attempts,
                tail,
                mayHaveRun,
                null);
    }
}
