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
 * the worker from ringing, see {@link Slot#publishFor}: replies wait there until it comes for them, another submitter
 * publishes there, or the supervisor sees that it doesn't come. Elsewhere the pool's thread takes its replies as any.
 */
public final class RequestMap<T, R> {
    /** How many may be under way, or wait for an older one. */
    static final int WINDOW = 1024;

    /** Between two looks for replies. Fewer from a source that is slow, which mustn't delay those that are there. */
    private static final int MAX_RUN = 64;

    private static final long MAX_RUN_NANOS = 20_000;

    private static final VarHandle WAITING = Field.of(MethodHandles.lookup(), "waiting", Thread.class);

    private final Dispatcher dispatcher;
    private final PoolOptions options;
    private final Route route;
    private final long timeoutNanos;
    private final Iterator<? extends T> source;
    private final @Nullable PollableSource<?> pollable;
    private final RequestWriter<? super T> writer;
    private final Function<ByteBuffer, R> read;
    private final Consumer<ByteBuffer> writeNext = this::writeNext;

    /** What slots know it by, so that none keeps it. */
    private final Object token = new Object();

    private final Queue<MapElement> window = new ArrayDeque<>();
    private final ActiveSlots active;
    private final CopyBuffer copy = new CopyBuffer();
    private int run = 1;
    private boolean isOver;

    // The request that was asked for and isn't sent.
    private @Nullable T request;
    private boolean isAsked;
    private int size;
    private int type;

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
        this.source = Objects.requireNonNull(source);
        this.pollable = source instanceof PollableSource<?> quiet ? quiet : null;
        this.writer = Objects.requireNonNull(writer);
        this.read = Objects.requireNonNull(read);
    }

    // ---- An iterator

    public boolean hasNext() {
        return !window.isEmpty() || ask(true) || !window.isEmpty();
    }

    public R next() {
        dispatcher.checkNotWriting();
        if (window.isEmpty() && ask(true)) {
            send(true);
        }
        MapElement oldest = window.peek();
        if (oldest == null) {
            throw new NoSuchElementException();
        }
        await(oldest);
        window.remove();
        return give(oldest);
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
        return dispatcher.read(read, copy.copy(ByteBuffer.wrap(reply)));
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
        isOver = true;
        isAsked = false;
        request = null;
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

    /** Whether there is a request to be sent. Its failure is an element. */
    private boolean ask(boolean mayBlock) {
        if (isAsked || isOver) {
            return isAsked;
        }
        try {
            if (!mayBlock && pollable != null && !pollable.isReady()) {
                return false;
            }
            if (!source.hasNext()) {
                isOver = true;
                return false;
            }
            request = source.next();
            size = writer.size(request());
            type = writer.type(request());
            dispatcher.checkSize(size);
            isAsked = true;
        } catch (RequestInterruptedException e) {
            throw e; // of another map, which goes on as well
        } catch (Throwable e) {
            fail(e);
        }
        return isAsked;
    }

    private T request() {
        return request;
    }

    private void writeNext(ByteBuffer to) {
        writer.write(request(), to);
    }

    private void fail(Throwable why) {
        window.add(new MapElement(this, null).failed(why));
        request = null;
        isAsked = false;
    }

    /** Sends what was asked for, or makes its failure an element; false when there is no room for it. */
    private boolean send(boolean mayBlock) {
        try {
            Timing timing = dispatcher.timing(timeoutNanos, type, size);
            dispatcher.checkInTime(timing);
            Destination there = mayBlock ? dispatcher.awaitRoom(route, size, timing) : Dispatcher.tryRoom(route, size);
            if (there == null) {
                return false;
            }
            ByteBuffer body = dispatcher.write(there, size, writeNext);
            publish(there, body, timing);
            request = null;
            isAsked = false;
        } catch (RequestInterruptedException e) {
            throw e;
        } catch (Throwable e) {
            fail(e);
            isOver |= route.isClosed();
        }
        return true;
    }

    private void publish(Destination there, ByteBuffer body, Timing timing) {
        MapElement element = new MapElement(this, timing.trace());
        Request<byte[]> sent = new Request<>(type, size, Copying.BYTES, element);
        sent.setTerms(timing, route.mark());
        window.add(element);
        if (there instanceof Slot slot) {
            active.add(slot);
            slot.publishFor(timeoutNanos == Deadlines.NEVER ? token : null, sent);
        } else {
            there.publish(sent, body);
        }
        sent.tellFuture();
        dispatcher.published(route, sent);
    }

    private boolean sendRun() {
        if (!mayHaveMore()) {
            return false; // without a look at the clock
        }
        int count = 0;
        long start = System.nanoTime();
        while (count < run && mayHaveMore() && ask(false) && send(false)) {
            count++;
        }
        if (count == run) {
            boolean slow = System.nanoTime() - start > MAX_RUN_NANOS;
            run = slow ? Math.max(1, run / 2) : Math.min(MAX_RUN, 2 * run);
        }
        return count > 0;
    }

    private boolean mayHaveMore() {
        return (isAsked || !isOver)
                && window.size() < WINDOW
                && taken + given.get() < (long) options.workers() * options.replyRingBytes();
    }

    // ---- Replies

    private void await(MapElement oldest) {
        long idleSince = 0;
        while (!oldest.isThere()) {
            if (sendRun() | takeReplies()) {
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
        if (pollable != null) {
            pollable.aboutToSleep();
        }
        CallbackThreads.aboutToBlock();
        waiting = Thread.currentThread();
        try {
            handBack();
            VarHandle.fullFence();
            if (!oldest.isThere() && !active.any(Slot::hasUnread) && !mayAsk()) {
                LockSupport.park(this);
            }
        } finally {
            waiting = null;
        }
        if (Thread.currentThread().isInterrupted() && !oldest.isThere()) {
            throw new RequestInterruptedException("interrupted while waiting for a reply");
        }
    }

    /** Whether the source has something new, which it unparks this thread for. */
    private boolean mayAsk() {
        return pollable != null && !isAsked && mayHaveMore() && pollable.isReady();
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
