package io.github.belfry.internal.pool;

import io.github.belfry.PoolUnavailableException;
import io.github.belfry.RequestInterruptedException;
import io.github.belfry.RequestTimeoutException;
import io.github.belfry.WorkerException;
import io.github.belfry.internal.ring.Layout;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Takes the callers' requests: reserves a slot for each, has its bytes written into the slot's ring, and publishes it.
 * Any number of threads submit at the same time; each has the ring that it writes into for itself.
 */
public final class Dispatcher {
    /** How often another thread's reservation of a ring is waited out before the ring counts as full. */
    private static final int RESERVATION_TRIES = 1000;

    private static final int CONSUMER_TRIES = 4;

    private final PoolOptions options;
    private final List<Slot> slots;
    private final Balancer balancer;
    private final Admission admission;
    private final WaitingLine waitingLine;
    private final ReplyThread replies;
    private final Events events;
    private final ThreadLocal<Caller> callers = ThreadLocal.withInitial(Caller::new);

    Dispatcher(PoolOptions options, List<Slot> slots, WaitingLine waitingLine, ReplyThread replies, Events events) {
        this.options = options;
        this.slots = slots;
        this.balancer = new Balancer(slots);
        this.admission = new Admission(options.name());
        this.waitingLine = waitingLine;
        this.replies = replies;
        this.events = events;
    }

    // ---- Requests

    /** Blocks while there is no room, but not in a callback. What {@code write} throws comes out of it. */
    public <R> CompletableFuture<R> submit(
            int type, int size, Consumer<? super ByteBuffer> write, Function<ByteBuffer, R> read) {
        check(size, write, read);
        Slot slot;
        try {
            slot = isReading() ? reserveInCallback(size) : awaitSlot(size);
        } catch (RequestTimeoutException | PoolUnavailableException e) {
            return CompletableFuture.failedFuture(e);
        }
        write(slot, size, write);
        return publish(slot, type, size, read);
    }

    /** Never blocks; empty when all rings are full. */
    public <R> Optional<CompletableFuture<R>> offer(
            int type, int size, Consumer<? super ByteBuffer> write, Function<ByteBuffer, R> read) {
        check(size, write, read);
        admission.check();
        Slot slot = waitingLine.isAwaited() ? null : reservePatiently(size);
        if (slot == null) {
            admission.check();
            return Optional.empty();
        }
        write(slot, size, write);
        return Optional.of(publish(slot, type, size, read));
    }

    /**
     * Blocks until there is a reply, and gives its result. A thread that finds an idle worker polls for the reply
     * itself for a bounded time: that needs no other thread, and on the way back no system call. After that it waits on
     * a future like any other.
     */
    public <R> R call(int type, int size, Consumer<? super ByteBuffer> write, Function<ByteBuffer, R> read) {
        check(size, write, read);
        if (isReading()) {
            throw new IllegalStateException("a callback can't wait for another reply: use submit");
        }
        admission.check();
        Slot idle = reserveIdle(size);
        Slot slot = idle != null ? idle : awaitSlot(size);
        write(slot, size, write);
        if (idle == null || !tryConsume(slot)) {
            return await(publish(slot, type, size, read));
        }
        Request<R> request = publishPolled(slot, type, size, read);
        Caller caller = callers.get();
        CompletableFuture<R> future = slot.answers().poll(request, options.spinNanos(), caller);
        if (future == null) {
            return caller.takeResult();
        }
        failIfGivenUp(request);
        return await(future);
    }

    private void check(int size, Object write, Object read) {
        Objects.requireNonNull(write);
        Objects.requireNonNull(read);
        checkSize(size);
        checkNotWriting();
    }

    private void checkSize(int size) {
        int max = options.maxRequestBytes();
        if (size < 0 || size > max) {
            throw new IllegalArgumentException(
                    "a request of " + size + " bytes: pool " + options.name() + " takes 0 to " + max
                            + ", its ringBytes (" + options.ringBytes() + ") less " + Layout.RING_RESERVE);
        }
    }

    private void checkNotWriting() {
        if (callers.get().isWriting()) {
            throw new IllegalStateException("a request can't be submitted while another one is being written");
        }
    }

    /** Whether this thread is inside a callback of the pool: then it can't wait for the pool's end. */
    boolean isInCallback() {
        return callers.get().isWriting() || isReading();
    }

    /** Whether replies, and so the room in rings, depend on this thread. */
    private boolean isReading() {
        return replies.isCallback() || callers.get().isReading();
    }

    /** The result of a future that a thread of the pool completes, or what it failed with. */
    private static <R> R await(CompletableFuture<R> future) {
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            future.cancel(false); // withdraws the request
            throw new RequestInterruptedException("interrupted while waiting for a reply");
        } catch (ExecutionException e) {
            Throwable failure = OtherStack.withCaller(e.getCause());
            if (failure instanceof RuntimeException unchecked) {
                throw unchecked;
            }
            if (failure instanceof Error error) {
                throw error;
            }
            throw new IllegalStateException(failure);
        }
    }

    // ---- Reserving a slot

    private @Nullable Slot tryReserve(int size) {
        return ifOpen(balancer.reserve(size));
    }

    /** A pool that is closed waits for what was reserved before; a reservation that came later is given back. */
    private @Nullable Slot ifOpen(@Nullable Slot reserved) {
        if (reserved == null || admission.isOpen()) {
            return reserved;
        }
        reserved.unreserve();
        return null;
    }

    /** A slot for a caller that polls: its worker ready, nothing unanswered; or null. */
    private @Nullable Slot reserveIdle(int size) {
        Slot slot = waitingLine.isAwaited() ? null : ifOpen(balancer.reserveReady(size));
        if (slot != null && slot.load() > 0) {
            slot.unreserve();
            return null;
        }
        return slot;
    }

    /** Throws what the request's future is to fail with. */
    private Slot awaitSlot(int size) {
        Slot slot = waitingLine.isAwaited() ? null : tryReserve(size);
        if (slot != null) {
            return slot;
        }
        admission.check();
        try {
            slot = waitingLine.await(() -> tryReserve(size), admission::isOpen, options.requestTimeoutNanos());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RequestInterruptedException("interrupted while waiting for room in a ring", false);
        }
        return slot != null
                ? slot
                : noRoom(size, "for " + TimeUnit.NANOSECONDS.toMillis(options.requestTimeoutNanos()) + " ms");
    }

    /** The same for a thread on which the room may depend: it doesn't block. */
    private Slot reserveInCallback(int size) {
        Slot slot = reservePatiently(size);
        return slot != null ? slot : noRoom(size, "and a callback doesn't wait for it");
    }

    private Slot noRoom(int size, String how) {
        admission.check();
        RequestTimeoutException failure = new RequestTimeoutException(
                "pool " + options.name() + ": no room for " + size + " bytes in any ring " + how, false);
        tellFailed(failure);
        throw failure;
    }

    /** A ring that another thread has reserved for a moment doesn't count as full. */
    private @Nullable Slot reservePatiently(int size) {
        Slot slot = tryReserve(size);
        for (int tries = 0; slot == null && tries < RESERVATION_TRIES && mayBeReservedSoon(size); tries++) {
            Thread.yield();
            slot = tryReserve(size);
        }
        return slot;
    }

    private boolean mayBeReservedSoon(int size) {
        return admission.isOpen() && balancer.isMomentarilyTaken(size);
    }

    /** A slot whose worker is ready, for a request that moves there; null when none has room. */
    @Nullable
    Slot reserveOther(int size) {
        return balancer.reserveReady(size);
    }

    // ---- Writing and publishing

    /** Has the request's bytes written; when {@code write} throws, the reservation is given back. */
    private void write(Slot slot, int size, Consumer<? super ByteBuffer> write) {
        boolean written = false;
        try {
            callers.get().write(write, slot.writer().body(size));
            written = true;
        } finally {
            if (!written) {
                slot.unreserve();
            }
        }
    }

    /** Publishes what was written, and gives the reservation back. */
    private <R> CompletableFuture<R> publish(Slot slot, int type, int size, Function<ByteBuffer, R> read) {
        ReplyFuture<R> future = new ReplyFuture<>();
        Request<R> request = new Request<>(type, size, read, future);
        publish(slot, request);
        future.isFor(request);
        return future;
    }

    private void publish(Slot slot, Request<?> request) {
        slot.publish(request, slot.nextId());
        failIfGivenUp(request);
    }

    /** The same for a caller that polls and holds the consumer lock, which is given back when this fails. */
    private <R> Request<R> publishPolled(Slot slot, int type, int size, Function<ByteBuffer, R> read) {
        boolean published = false;
        try {
            Request<R> request = slot.answers().newCall(type, size, read);
            publish(slot, request);
            published = true;
            return request;
        } finally {
            if (!published) {
                slot.stopConsuming();
            }
        }
    }

    /**
     * The reply thread may have woken this one from a callback, and wait for its processor with the lock held. Without
     * a yield it would find this thread's next reply as well, and so for thousands of calls.
     */
    private static boolean tryConsume(Slot slot) {
        for (int tries = 0; tries < CONSUMER_TRIES; tries++) {
            if (slot.tryConsume()) {
                return true;
            }
            Thread.yield();
        }
        return false;
    }

    // ---- Refusing and failing

    /** For good: requests are refused from now on. */
    void close() {
        admission.close();
        waitingLine.changed();
    }

    /** Requests are taken again, see {@link #failAll}. */
    void admit() {
        admission.admit();
        waitingLine.changed();
    }

    /** Refuses requests, and fails all that are unanswered, in the reply thread, and those being published now. */
    void failAll(String refusal, Function<Request<?>, WorkerException> failure) {
        admission.refuse(refusal, failure);
        waitingLine.changed();
        for (Slot slot : slots) {
            for (Request<?> request = slot.queue().peek(); request != null; request = request.next) {
                replies.fail(request.failing(request.id(), failure, this::tellFailed));
            }
        }
    }

    /** When no worker is left. */
    void failWhatIsLeft() {
        failAll(
                "it has ended",
                request -> new PoolUnavailableException(
                        "pool " + options.name() + " was closed before this request was answered"));
    }

    private void tellFailed(WorkerException failure) {
        events.requestFailed(null, failure);
    }

    /** After the request has its future and is in a queue: either this sees the failure, or failAll the request. */
    private void failIfGivenUp(Request<?> request) {
        Function<Request<?>, WorkerException> failure = admission.failure();
        if (failure != null) {
            request.failing(request.id(), failure, this::tellFailed).run();
        }
    }
}
