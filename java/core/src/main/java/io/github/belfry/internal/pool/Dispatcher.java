package io.github.belfry.internal.pool;

import io.github.belfry.PoolUnavailableException;
import io.github.belfry.RequestInterruptedException;
import io.github.belfry.RequestTimeoutException;
import io.github.belfry.RequestWriter;
import io.github.belfry.WorkerDiedException;
import io.github.belfry.WorkerException;
import io.github.belfry.internal.ring.Layout;
import io.github.belfry.internal.sys.CallbackThreads;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Takes the callers' requests: reserves a slot for each, has its bytes written into the slot's ring, and publishes it.
 * Any number of threads submit at the same time; each has the ring that it writes into for itself.
 */
public final class Dispatcher {
    private static final int CONSUMER_TRIES = 4;

    private final PoolOptions options;
    private final Placement placement;
    private final Admission admission;
    private final Runnable refusalChanged;
    private final ReplyThread replies;
    private final CallCopies copies = new CallCopies();
    private final CallSpin spin;
    private final Callers callers = new Callers();

    Dispatcher(
            PoolOptions options,
            Placement placement,
            Admission admission,
            Runnable refusalChanged,
            ReplyThread replies) {
        this.options = options;
        this.spin = new CallSpin(options);
        this.placement = placement;
        this.admission = admission;
        this.refusalChanged = refusalChanged;
        this.replies = replies;
    }

    /** Requests of a source, by the thread that asks for their replies. */
    public <T, R> RequestMap<T, R> map(
            Route route,
            long timeoutNanos,
            Iterator<? extends T> source,
            RequestWriter<? super T> writer,
            Function<ByteBuffer, R> read) {
        return new RequestMap<>(this, options, route, timeoutNanos, source, writer, read);
    }

    // ---- Requests, each with the time in which it has to be answered, or Deadlines.NEVER

    /** Blocks while there is no room. What {@code write} throws comes out of it. */
    public <R> CompletableFuture<R> submit(
            Route route,
            long timeoutNanos,
            int type,
            int size,
            Consumer<? super ByteBuffer> write,
            Function<ByteBuffer, R> read) {
        check(size, write, read);
        Timing timing = timing(timeoutNanos, type, size);
        Destination there;
        try {
            checkInTime(timeoutNanos);
            there = awaitRoom(route, size, timing);
        } catch (RequestTimeoutException | PoolUnavailableException | WorkerDiedException e) {
            return CompletableFuture.failedFuture(e);
        }
        return publish(route, there, write(there, size, write), timing, type, size, read);
    }

    /** Never blocks; empty when there is no room. */
    public <R> Optional<CompletableFuture<R>> offer(
            Route route,
            long timeoutNanos,
            int type,
            int size,
            Consumer<? super ByteBuffer> write,
            Function<ByteBuffer, R> read) {
        check(size, write, read);
        Timing timing = timing(timeoutNanos, type, size);
        route.check();
        try {
            checkInTime(timeoutNanos);
        } catch (RequestTimeoutException e) {
            return Optional.of(CompletableFuture.failedFuture(e));
        }
        Destination there = route.line().isAwaited() ? null : ifOpen(route, route.tryReserve(size), size);
        if (there == null) {
            route.check();
            return Optional.empty();
        }
        return Optional.of(publish(route, there, write(there, size, write), timing, type, size, read));
    }

    /**
     * Blocks until there is a reply, and gives its result. A thread that finds an idle worker polls for the reply
     * itself for a bounded time: that needs no other thread, and on the way back no system call. After that it waits on
     * a future, of a copy that it reads itself.
     */
    public <R> R call(
            Route route,
            long timeoutNanos,
            int type,
            int size,
            Consumer<? super ByteBuffer> write,
            Function<ByteBuffer, R> read) {
        check(size, write, read);
        Timing timing = timing(timeoutNanos, type, size);
        route.check();
        checkInTime(timeoutNanos);
        long spinNanos = spin.begin();
        try {
            return readHere(call(route, timing, type, size, write, read, spinNanos), read);
        } finally {
            spin.end();
        }
    }

    /** What {@code read} gave, or a copy of the reply. */
    private @Nullable Object call(
            Route route,
            Timing timing,
            int type,
            int size,
            Consumer<? super ByteBuffer> write,
            Function<ByteBuffer, ?> read,
            long spinNanos) {
        Slot idle = route.line().isAwaited() ? null : ifOpen(route, route.tryReserveIdle(size), size);
        Destination there = idle != null ? idle : awaitRoom(route, size, timing);
        ByteBuffer body = write(there, size, write);
        if (idle == null || !tryConsume(idle)) {
            return await(publish(route, there, body, timing, type, size, Answers.copying(read, copies)));
        }
        idle.writer().letSpin(spinNanos);
        Request<?> request = publishPolled(route, idle, timing, type, size);
        Caller caller = callers.get();
        CompletableFuture<?> future;
        try {
            future = idle.answers().poll(request, read, spinNanos, caller, copies);
        } catch (Throwable faultOrRead) {
            timing.ended(faultOrRead);
            throw faultOrRead;
        }
        if (future == null) {
            timing.ended(null);
            return caller.takeResult();
        }
        published(route, request);
        return await(future);
    }

    /** The calling thread's. */
    Caller caller() {
        return callers.get();
    }

    /** There may be replies to a map that no thread reads. */
    void lookIfUnread(Slot slot) {
        if (slot.hasUnread()) {
            replies.look(slot);
        }
    }

    /** The result of a call: a copy of the reply is read now, everything else was read where it lay. */
    @SuppressWarnings("unchecked") // it is what read gave
    private <R> R readHere(@Nullable Object reply, Function<ByteBuffer, R> read) {
        if (!(reply instanceof CallCopies.Copy copy)) {
            return (R) reply;
        }
        try {
            return callers.get().read(read, copy.reply());
        } finally {
            copies.give(copy);
        }
    }

    Timing timing(long timeoutNanos, int type, int size) {
        return Timing.of(timeoutNanos, Recorder.CURRENT.requestGiven(options.name(), type, size));
    }

    private void check(int size, Object write, Object read) {
        Objects.requireNonNull(write);
        Objects.requireNonNull(read);
        checkSize(size);
        checkNotWriting();
    }

    void checkSize(int size) {
        int max = options.maxRequestBytes();
        if (size < 0 || size > max) {
            throw new IllegalArgumentException(
                    "a request of " + size + " bytes: pool " + options.name() + " takes 0 to " + max
                            + ", its ringBytes (" + options.ringBytes() + ") less " + Layout.RING_RESERVE);
        }
    }

    void checkNotWriting() {
        if (callers.get().isWriting()) {
            throw new IllegalStateException("a request can't be submitted while another one is being written");
        }
    }

    /** Whether this thread is inside a callback of the pool: then it can't wait for the pool's end. */
    boolean isInCallback() {
        return callers.get().isWriting() || callers.get().isReading() || replies.isCallback();
    }

    /** The result of a future that a thread of the pool completes, or what it failed with. */
    static <R> R await(CompletableFuture<R> future) {
        if (!future.isDone()) {
            CallbackThreads.aboutToBlock();
        }
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            future.cancel(false); // withdraws the request
            throw new RequestInterruptedException("interrupted while waiting for a reply");
        } catch (ExecutionException e) {
            throw OtherStack.unchecked(OtherStack.withCaller(e.getCause()));
        }
    }

    // ---- Reserving room

    void checkInTime(long timeoutNanos) {
        if (timeoutNanos <= 0) {
            throw told(new RequestTimeoutException(
                    "pool " + options.name() + ": not sent, because it had " + Timing.millis(timeoutNanos) + " ms", false));
        }
    }

    /** A pool that is closed waits for what was reserved before; a reservation that came later is given back. */
    private static <D extends Destination> @Nullable D ifOpen(Route route, @Nullable D reserved, int size) {
        if (reserved == null || route.isOpen()) {
            return reserved;
        }
        reserved.unreserve(size);
        return null;
    }

    /** Room in a worker's ring, now, unless another submitter waits for some. */
    static @Nullable Slot tryRoom(Route route, int size) {
        return route.line().isAwaited() ? null : ifOpen(route, route.tryReserveSlot(size), size);
    }

    /** Throws what the request's future is to fail with. */
    Destination awaitRoom(Route route, int size, Timing timing) {
        Destination there = route.line().isAwaited() ? null : ifOpen(route, route.tryReserve(size), size);
        if (there != null) {
            return there;
        }
        route.check();
        CallbackThreads.aboutToBlock();
        try {
            return awaitRoomInLine(route, size, timing);
        } catch (WorkerException e) {
            timing.ended(e);
            throw e;
        }
    }

    private Destination awaitRoomInLine(Route route, int size, Timing timing) {
        Destination there;
        try {
            there = route.line()
                    .await(() -> ifOpen(route, route.tryReserve(size), size), route::isOpen, timing.timeoutNanos());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RequestInterruptedException("interrupted while waiting for room in a ring", false);
        }
        return there != null ? there : noRoom(route, size, "for " + timing.timeoutMillis() + " ms");
    }

    private Destination noRoom(Route route, int size, String how) {
        route.check();
        throw told(new RequestTimeoutException(
                "pool " + options.name() + ": no room for " + size + " bytes in any ring " + how, false));
    }

    private RequestTimeoutException told(RequestTimeoutException failure) {
        placement.backlog().timedOut();
        admission.tellFailed(failure);
        return failure;
    }

    // ---- Writing and publishing

    /** Has the request's bytes written; when {@code write} throws, the reservation is given back. */
    ByteBuffer write(Destination there, int size, Consumer<? super ByteBuffer> write) {
        boolean written = false;
        try {
            ByteBuffer body = there.body(size);
            callers.get().write(write, body);
            written = true;
            return body;
        } finally {
            if (!written) {
                there.unreserve(size);
            }
        }
    }

    /** Publishes what was written, and gives the reservation back. */
    private <R> CompletableFuture<R> publish(
            Route route,
            Destination there,
            ByteBuffer body,
            Timing timing,
            int type,
            int size,
            Function<ByteBuffer, R> read) {
        ReplyFuture<R> future = new ReplyFuture<>(timing.trace());
        Request<R> request = new Request<>(type, size, read, future);
        request.setTerms(timing, route.mark());
        there.publish(request, body);
        request.tellFuture();
        published(route, request);
        return future;
    }

    void published(Route route, Request<?> request) {
        admission.failIfGivenUp(request, Runnable::run);
        route.published(request);
    }

    /** The same for a caller that polls and holds the consumer lock, which is given back when this fails. */
    private Request<?> publishPolled(Route route, Slot slot, Timing timing, int type, int size) {
        boolean published = false;
        try {
            Request<?> request = slot.answers().newCall(type, size);
            request.setTerms(timing, route.mark());
            slot.publish(request, slot.nextId());
            admission.failIfGivenUp(request, Runnable::run);
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
        refusalChanged.run();
    }

    /** Requests are taken again, see {@link #failAll}. */
    void admit() {
        admission.admit();
        refusalChanged.run();
    }

    /** Refuses requests, and fails all that are unanswered, in the reply thread, and those being published now. */
    void failAll(String refusal, Function<Request<?>, WorkerException> failure) {
        admission.refuse(refusal, failure);
        refusalChanged.run();
        placement.forEachRequest(
                request -> replies.fail(request.failing(request.id(), failure, admission::tellFailed)));
    }

    /** When no worker is left. */
    void failWhatIsLeft() {
        failAll(
                "it has ended",
                request -> new PoolUnavailableException(
                        "pool " + options.name() + " was closed before this request was answered"));
    }
}
