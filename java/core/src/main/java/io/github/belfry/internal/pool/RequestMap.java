package io.github.belfry.internal.pool;

import io.github.belfry.PoolUnavailableException;
import io.github.belfry.RequestInterruptedException;
import io.github.belfry.RequestWriter;
import io.github.belfry.internal.sys.CallbackThreads;
import io.github.belfry.internal.sys.Field;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Requests of a source, to any workers, and their replies in order; all by the thread that asks for replies:
 *
 * <pre>
 * next()   until the oldest is there
 *            sends requests while the window and the rings have room
 *            takes those replies out of the rings that are at their front
 *            neither for a while: is told by the pool's thread, and sleeps
 *          gives the oldest
 * </pre>
 *
 * <p>It holds no lock when it asks the source, reads a reply or returns. Where nothing but its own is unanswered it keeps
 * the worker from ringing, see {@link Slot#append}: replies wait there until it comes for them, another submitter
 * publishes there, or the supervisor sees that it doesn't come. Elsewhere the pool's thread takes its replies as any.
 */
public final class RequestMap<T, R> {
    /** How many may be under way, or wait for an older one. */
    static final int WINDOW = 1024;

    /** Larger requests are sent one by one: their ring would be reserved for too long. */
    private static final int MAX_BYTES_IN_RUN = 4096;

    private static final VarHandle WAITING = Field.of(MethodHandles.lookup(), "waiting", Thread.class);

    private final Dispatcher dispatcher;
    private final PoolOptions options;
    private final Route route;
    private final long timeoutNanos;
    private final AskedRequests<T> asked;
    private final Function<ByteBuffer, R> read;
    private final Consumer<ByteBuffer> writeOldest;

    /** What slots know it by, so that none keeps it; null where each request's time is watched. */
    private final @Nullable Object token;

    private final Queue<MapElement> window = new ArrayDeque<>();
    private final ActiveSlots active;
    private final CopyBuffer copy = new CopyBuffer();

    /** Those that are in a ring whose reservation isn't given back yet. */
    private final Request<?>[] run = new Request<?>[AskedRequests.MAX];

    /** Bytes of replies in the window that this thread has taken, and that threads of the pool have. */
    private long taken;

    private final AtomicLong given = new AtomicLong();

    @SuppressWarnings("unused") // by WAITING
    private volatile @Nullable Thread waiting;

    RequestMap(
            Dispatcher dispatcher,
            PoolOptions options,
            Route route,
            long timeoutNanos,
            Iterator<? extends T> source,
            RequestWriter<? super T> writer,
            Function<ByteBuffer, R> read) {
        this.dispatcher = dispatcher;
        this.options = options;
        this.active = new ActiveSlots(options.workers());
        this.route = route;
        this.timeoutNanos = timeoutNanos;
        this.token = timeoutNanos == Deadlines.NEVER ? new Object() : null;
        this.asked = new AskedRequests<>(source, writer, dispatcher::checkSize);
        this.writeOldest = asked::write;
        this.read = Objects.requireNonNull(read);
    }

    // ---- An iterator

    public boolean hasNext() {
        return !window.isEmpty() || !asked.isEmpty() || asked.ask(1, true);
    }

    public R next() {
        MapElement oldest = window.peek();
        if (oldest == null || !oldest.isThere()) {
            dispatcher.checkNotWriting();
            oldest = await();
        }
        window.remove();
        return give(oldest);
    }

    private MapElement await() {
        if (window.isEmpty() && (!asked.isEmpty() || asked.ask(1, true))) {
            send(true);
        }
        MapElement oldest = window.peek();
        if (oldest == null) {
            throw new NoSuchElementException();
        }
        await(oldest);
        return oldest;
    }

    private R give(MapElement oldest) {
        byte[] reply;
        try {
            reply = oldest.reply();
        } catch (PoolUnavailableException e) {
            if (route.isClosed()) {
                close();
            }
            throw e;
        }
        forget(oldest, reply.length);
        if (read instanceof Copying) {
            @SuppressWarnings("unchecked") // what a Copying makes is an R
            R copied = (R) reply;
            return copied;
        }
        copy.clear();
        return dispatcher.caller().read(read, copy.copy(reply));
    }

    private void forget(MapElement oldest, int bytes) {
        if (oldest.isDone()) {
            given.addAndGet(-bytes);
        } else {
            taken -= bytes;
        }
    }

    /** Also by the Cleaner's thread, when no other can be here. */
    public void close() {
        asked.close();
        for (MapElement element : window) {
            if (!element.isThere()) {
                element.cancel(false);
            }
        }
        window.clear();
        handBack();
        active.forEach(dispatcher::lookIfUnread);
        active.clear();
    }

    // ---- Requests

    private boolean sendAll() {
        if (asked.isEmpty() && !(mayHaveMore() && asked.ask(WINDOW - window.size(), false))) {
            return false;
        }
        boolean any = false;
        while (!asked.isEmpty() && send(false)) {
            any = true;
        }
        return any;
    }

    private boolean mayHaveMore() {
        return !asked.isOver()
                && window.size() < WINDOW
                && taken + given.get() < (long) options.workers() * options.replyRingBytes();
    }

    /** Sends some of what was asked for, or makes the failure of the oldest an element; false without room for it. */
    private boolean send(boolean mayBlock) {
        Throwable failure = asked.failure();
        if (failure != null) {
            fail(failure);
            return true;
        }
        try {
            dispatcher.checkInTime(timeoutNanos);
            Slot slot = Dispatcher.tryRoom(route, asked.size());
            if (slot != null) {
                sendTo(slot);
            } else if (mayBlock) {
                awaitRoom();
            } else {
                return false;
            }
        } catch (RequestInterruptedException e) {
            throw e;
        } catch (Throwable e) {
            if (asked.isEmpty()) {
                throw e;
            }
            fail(e);
            if (route.isClosed()) {
                asked.close();
            }
        }
        return true;
    }

    private void fail(Throwable why) {
        window.add(new MapElement(this, null).failed(why));
        asked.remove();
    }

    /** As many as its worker has room for, into its ring, which is reserved. */
    private void sendTo(Slot slot) {
        Caller caller = dispatcher.caller();
        active.add(slot);
        int count = 0;
        try {
            do {
                Request<?> request = write(slot, caller);
                if (request != null) {
                    slot.append(token, request);
                    run[count++] = request;
                }
            } while (mayFollow(slot, count));
        } finally {
            slot.endRun();
            for (int i = 0; i < count; i++) {
                run[i].tellFuture();
                dispatcher.published(route, run[i]);
                run[i] = null;
            }
        }
    }

    private boolean mayFollow(Slot slot, int count) {
        return !asked.isEmpty()
                && asked.failure() == null
                && asked.size() <= MAX_BYTES_IN_RUN
                && route.mayFollow(slot, asked.size(), count);
    }

    /** Null when it can't be written, which is an element. */
    private @Nullable Request<?> write(Slot slot, Caller caller) {
        Timing timing = timing();
        try {
            caller.write(writeOldest, slot.body(asked.size()));
        } catch (Throwable e) {
            fail(e);
            return null;
        }
        return element(timing);
    }

    private void awaitRoom() {
        Timing timing = timing();
        Destination there = dispatcher.awaitRoom(route, asked.size(), timing);
        ByteBuffer body = dispatcher.write(there, asked.size(), writeOldest);
        Request<?> request = element(timing);
        there.publish(request, body);
        request.tellFuture();
        dispatcher.published(route, request);
    }

    private Timing timing() {
        return dispatcher.timing(timeoutNanos, asked.type(), asked.size());
    }

    private Request<?> element(Timing timing) {
        MapElement element = new MapElement(this, timing.trace());
        Request<byte[]> request = new Request<>(asked.type(), asked.size(), Copying.BYTES, element);
        request.setTerms(timing, route.mark());
        window.add(element);
        asked.remove();
        return request;
    }

    // ---- Replies

    private void await(MapElement oldest) {
        long idleSince = 0;
        while (!oldest.isThere()) {
            if (sendAll() | takeReplies()) {
                idleSince = 0;
                continue;
            }
            long now = System.nanoTime();
            idleSince = idleSince == 0 ? now : idleSince;
            if (now - idleSince > options.steadySpinNanos()) {
                sleep(oldest);
                idleSince = 0;
            } else {
                Thread.onSpinWait();
            }
        }
    }

    private boolean takeReplies() {
        boolean any = false;
        for (int i = active.size() - 1; i >= 0; i--) {
            Slot slot = active.get(i);
            any |= slot.answers().takeFor(this);
            if (slot.load() == 0) {
                active.remove(i);
            }
        }
        return any;
    }

    /** Under the consumer lock: its request has kept a reply. */
    void take(MapElement element, Request<?> answered) {
        taken += element.take(answered);
    }

    /** In this order: told of completions, worker rings, fence, look. */
    private void sleep(MapElement oldest) {
        asked.aboutToSleep();
        CallbackThreads.aboutToBlock();
        waiting = Thread.currentThread();
        try {
            handBack();
            VarHandle.fullFence();
            if (!oldest.isThere() && !active.any(Slot::hasUnread) && !(mayHaveMore() && asked.isAwaited())) {
                LockSupport.park(this);
            }
        } finally {
            waiting = null;
        }
        if (Thread.currentThread().isInterrupted() && !oldest.isThere()) {
            throw new RequestInterruptedException("interrupted while waiting for a reply");
        }
    }

    /** From now on the workers ring. */
    private void handBack() {
        active.forEach(slot -> slot.sleep().fallAsleepIfAwake());
    }

    /** By a thread of the pool: an element is there, with so many bytes. */
    void completed(int bytes) {
        given.addAndGet(bytes);
        Thread sleeper = waiting;
        if (sleeper != null && WAITING.compareAndSet(this, sleeper, null)) {
            LockSupport.unpark(sleeper);
        }
    }
}
