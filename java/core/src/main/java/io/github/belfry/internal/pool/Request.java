package io.github.belfry.internal.pool;

import io.github.belfry.WorkerException;
import io.github.belfry.WorkerFaultException;
import io.github.belfry.internal.ring.Layout;
import io.github.belfry.internal.ring.RingReader;
import io.github.belfry.internal.sys.Field;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A request from its submission until it is settled, which happens once: the thread that wins {@link #settle} completes
 * it. It is also its own link in the {@link RequestQueue} of its slot.
 *
 * <p>A thread that withdraws, moves, blames or answers a request has it <em>pinned</em> meanwhile. Others wait for that,
 * so no user code runs under a pin, and nothing that blocks. A request without a future is its caller's alone.
 *
 * <p>Its reply is copied by {@link #keep}, under the slot's consumer lock; {@link #run} completes the future, in a thread
 * that runs callbacks.
 */
public final class Request<R> implements Runnable {
    private static final VarHandle OPEN = Field.of(MethodHandles.lookup(), "open", long.class);
    private static final VarHandle FUTURE = Field.of(MethodHandles.lookup(), "future", CompletableFuture.class);
    private static final VarHandle NEXT = Field.of(MethodHandles.lookup(), "next", Request.class);

    private static final long SETTLED = 0;

    public int type;
    int size;
    private Function<ByteBuffer, R> read;

    /** Null while a thread polls for the reply itself. */
    volatile @Nullable CompletableFuture<R> future;

    /** Its id until it is settled; negative while it is pinned. */
    private volatile long open;

    /** What its worker has been told: bits of the record's {@code withdrawn}. Changed under a pin. */
    private volatile int withdrawn;

    /** Whether its worker never processes it. Set under a pin. */
    private volatile boolean takenBack;

    /** Where it is now, see {@link Destination}. */
    private @Nullable Destination destination;

    private long id;
    private long start;

    /** Its bytes while it waits in the backlog. */
    private @Nullable ByteBuffer body;

    private Timing timing = Timing.NONE;

    /** How often it has been moved before it was here. */
    int moves;

    /** How many workers died with it in hand. For the supervisor. */
    int blames;

    /** Whether a worker that has died had begun it. Changed under a pin. */
    boolean hasBegun;

    /** How long it has been a worker's oldest. For the supervisor. */
    long inHandNanos;

    volatile @Nullable Request<?> next;

    /** Until the future is completed: what {@code read} makes of the reply or is to read, or why that can't be. */
    private @Nullable Object reply;

    private int code;

    public Request(int type, int size, Function<ByteBuffer, R> read, @Nullable CompletableFuture<R> future) {
        this.type = type;
        this.size = size;
        this.read = read;
        FUTURE.set(this, future); // published by the queue
    }

    /** The link before the first request of a queue. */
    static Request<?> none() {
        return new Request<>(0, 0, buffer -> buffer, null);
    }

    /** The same object for another call, whose thread polls. A thread that still holds it knows it by its old id. */
    Request<R> reuse(int newType, int newSize) {
        type = newType;
        size = newSize;
        blames = 0;
        hasBegun = false;
        inHandNanos = 0;
        return this; // never withdrawn, for it had no future
    }

    /** Its caller polls no more. Under the consumer lock. */
    <S> ReplyFuture<S> sleepFor(Copying<S> newRead) {
        @SuppressWarnings("unchecked") // it has read nothing yet
        Request<S> same = (Request<S>) this;
        ReplyFuture<S> waiting = new ReplyFuture<>(timing.trace());
        waiting.isFor(same);
        same.read = newRead;
        same.future = waiting;
        return waiting;
    }

    /** Before it is in a queue. {@code mark} says for which incarnation it is, 0 for any. */
    void setTerms(Timing newTiming, int mark) {
        timing = newTiming;
        withdrawn = mark;
    }

    /** Of a session's request: for which incarnation it is. */
    int mark() {
        return withdrawn >>> Layout.SESSION_SHIFT << Layout.SESSION_SHIFT;
    }

    /** Before it is published at {@code start} in the ring of its slot, or waits in the backlog. */
    public void assign(long newId, long newStart, @Nullable Destination where) {
        id = newId;
        start = newStart;
        destination = where;
        OPEN.set(this, newId);
    }

    void tellOldest() {
        Trace trace = timing.trace();
        if (trace != null && !takenBack && !hasBegun) {
            trace.becameOldest();
        }
    }

    /** Before it is in a queue: nothing comes after it. */
    void beLast() {
        NEXT.set(this, null);
    }

    /** From now on every thread finds {@code following}. */
    void link(Request<?> following) {
        NEXT.setRelease(this, following);
    }

    /** The same request, to be somewhere else; {@link #takeHistory} has to follow. */
    Request<R> moved() {
        Request<R> copy = new Request<>(type, size, read, future);
        copy.moves = moves + 1;
        copy.timing = timing;
        return copy;
    }

    /** Under a pin of the one that this is a copy of. */
    void takeHistory(Request<?> before) {
        blames = before.blames;
        hasBegun = before.hasBegun;
        inHandNanos = before.inHandNanos;
    }

    /** After it was published. */
    void tellFuture() {
        if (future instanceof ReplyFuture<R> reply) {
            reply.isFor(this);
        }
    }

    /** It is settled: the queue, which has it as a link for a while longer, needn't keep the result. */
    void forget() {
        FUTURE.setRelease(this, null);
    }

    public long id() {
        return id;
    }

    public long start() {
        return start;
    }

    public long end() {
        return start + Layout.recordBytes(size);
    }

    /** Its bytes on the heap, from which they are read once: position 0 to its size. */
    @Nullable
    ByteBuffer body() {
        return body;
    }

    void setBody(@Nullable ByteBuffer bytes) {
        body = bytes;
    }

    /** Valid once the future was seen: without one it may be another call's by now. */
    Timing timing() {
        return timing;
    }

    int attempt() {
        return blames + 1;
    }

    boolean isSettled() {
        return open == SETTLED;
    }

    /** The same without a lock: it may have been answered and be another request by now. */
    boolean isSettled(long as) {
        long now = open;
        return now != as && now != -as;
    }

    /** True for the one caller that may complete it. */
    boolean settle() {
        return settle(id);
    }

    /** The same without a lock. */
    boolean settle(long as) {
        while (as != SETTLED && !isSettled(as)) {
            if (OPEN.compareAndSet(this, as, SETTLED)) {
                return true;
            }
            Thread.yield(); // its holder may wait for this processor
        }
        return false;
    }

    // ---- Pins

    /** Waits until no other thread has it pinned; false when it is settled. */
    boolean pin() {
        for (long now = open; now != SETTLED; now = open) {
            if (now > 0 && OPEN.compareAndSet(this, now, -now)) {
                return true;
            }
            Thread.yield(); // its holder may wait for this processor
        }
        return false;
    }

    /** For the thread that takes its reply: false while another has it pinned. */
    boolean claim() {
        if (future == null) {
            return true;
        }
        long now = open;
        return now == SETTLED || now > 0 && OPEN.compareAndSet(this, now, -now);
    }

    /** A fence and a look have to follow, for threads that met the pin and left. */
    void unpin() {
        long now = open;
        if (now < 0) {
            OPEN.setRelease(this, -now);
        }
    }

    /** For the thread that has it pinned or for itself: settles it; false when it was settled before. */
    boolean settlePinned() {
        long before = open;
        OPEN.setRelease(this, SETTLED);
        return before != SETTLED;
    }

    /** Under a pin: adds what its worker is told; all of it. */
    int withdraw(int bits) {
        withdrawn |= bits;
        return withdrawn;
    }

    /** Under a pin, which stays: its worker never processes it. */
    void takeBack() {
        takenBack = true;
    }

    /** Whether another worker may take it: a caller waits for its reply, and it is no session's. */
    boolean isMovable() {
        CompletableFuture<R> whose = future;
        return !takenBack && !isSettled() && withdrawn >> 1 == 0 && whose != null && !whose.isDone();
    }

    int withdrawn() {
        return withdrawn;
    }

    boolean isTakenBack() {
        return takenBack;
    }

    @Nullable
    Destination destination() {
        return destination;
    }

    /**
     * Settles it if it still has this id, and gives what completes its future exceptionally. A request whose caller
     * polls has no future yet: that caller gives up in a moment. {@code told} gets the failure first, for what depends
     * on a future may block.
     */
    Runnable failing(long as, Function<Request<?>, WorkerException> reason, Consumer<? super WorkerException> told) {
        CompletableFuture<R> whose = future;
        if (whose == null || isSettled(as)) {
            return () -> {};
        }
        // Allocate before the irreversible settle.
        WorkerException failure = reason.apply(this);
        Runnable complete = () -> {
            if (!whose.isDone()) {
                told.accept(failure);
            }
            whose.completeExceptionally(failure);
        };
        if (!settle(as)) {
            return () -> {};
        }
        if (destination != null) {
            destination.failed(this);
        }
        return complete;
    }

    /**
     * After it was settled, under the consumer lock: copies the reader's current reply. {@link #run} has to follow, which
     * tells the future of a failure of this as well.
     *
     * @return false when no thread waits for it any more
     */
    boolean keep(RingReader from, CopyBuffer copies) {
        CompletableFuture<R> whose = future;
        boolean isGone = from.isSkipped() && mark() != 0;
        if (whose == null || whose.isDone() || from.isSkipped() && !isGone) { // cancelled, or moved
            forget();
            return false;
        }
        try {
            code = from.code();
            if (isGone) {
                reply = Session.gone();
            } else if (code != 0 || Copying.BYTES.equals(read)) {
                reply = from.copy();
            } else {
                reply = read instanceof Copying ? read.apply(from.body()) : copies.copy(from.body());
            }
        } catch (Throwable e) {
            reply = e;
        }
        return true;
    }

    /** After {@link #keep}, instead of {@link #run}: what that would complete the future with. */
    R takeKept() throws Throwable {
        Object kept = Objects.requireNonNull(reply);
        reply = null;
        forget();
        return result(kept);
    }

    /** After {@link #keep}: completes the future, in this thread. A callback that throws harms its own future only. */
    @Override
    public void run() {
        CompletableFuture<R> whose = future;
        Object kept = reply;
        reply = null;
        forget();
        if (whose == null || kept == null || whose.isDone()) {
            return;
        }
        try {
            whose.complete(result(kept));
        } catch (Throwable e) {
            whose.completeExceptionally(e);
        }
    }

    @SuppressWarnings("unchecked") // what a Copying makes is an R
    private R result(Object kept) throws Throwable {
        if (kept instanceof Throwable failure) {
            throw failure;
        }
        if (code != 0) {
            throw new WorkerFaultException(code, (byte[]) kept);
        }
        return read instanceof Copying ? (R) kept : read.apply((ByteBuffer) kept);
    }
}
