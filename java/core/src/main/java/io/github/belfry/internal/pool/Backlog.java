package io.github.belfry.internal.pool;

import io.github.belfry.internal.ring.Layout;
import io.github.belfry.internal.ring.RingMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The requests that wait in the pool because every worker has as much in its ring as it may: their bytes on the heap,
 * oldest first, and ahead of them those that a worker has given back. Any thread may add and withdraw; {@link Mover}
 * takes, one thread at a time.
 */
final class Backlog implements Destination {
    private static final int ID_SHIFT = 40;

    /** While so many that were withdrawn stand between the others, they are let be. */
    private static final int MAX_SETTLED = 1024;

    private final SlotListener listener;
    private final long maxBytes;
    private final Queue<Request<?>> returned = new ConcurrentLinkedQueue<>();
    private final Queue<Request<?>> fresh = new ConcurrentLinkedQueue<>();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicInteger count = new AtomicInteger();

    /** Withdrawn or failed since the queues were last cleared of such. */
    private final AtomicInteger settled = new AtomicInteger();

    private final AtomicLong withdrawn = new AtomicLong();
    private final AtomicLong timedOut = new AtomicLong();
    private final AtomicLong lastId;

    /** {@code maxBytes} is what may lie here and in the rings together. */
    Backlog(PoolOptions options, SlotListener listener) {
        this.listener = listener;
        this.maxBytes = (long) options.workers() * options.ringBytes();
        this.lastId = new AtomicLong((long) options.workers() << ID_SHIFT); // behind those of the slots
    }

    /** How many wait here. */
    int size() {
        return count.get();
    }

    /** The same with reservations. */
    boolean isDrained() {
        return bytes.get() == 0;
    }

    boolean isEmpty() {
        return count.get() == 0;
    }

    /** For readers of statistics, in this VM or another. */
    void writeCounters(RingMemory requests) {
        requests.set(Layout.QUEUED, count.get());
        requests.set(Layout.QUEUE_WITHDRAWN, withdrawn.get());
        requests.set(Layout.QUEUE_TIMED_OUT, timedOut.get());
    }

    @Override
    public void timedOut() {
        timedOut.incrementAndGet();
    }

    // ---- Adding

    /** {@code inRings} is how many bytes lie in rings. {@link #publish} or {@link #unreserve} has to follow. */
    boolean tryReserve(int size, long inRings) {
        long record = Layout.recordBytes(size);
        if (bytes.addAndGet(record) + inRings <= maxBytes) {
            return true;
        }
        bytes.addAndGet(-record);
        return false;
    }

    @Override
    public ByteBuffer body(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.nativeOrder());
    }

    @Override
    public void unreserve(int size) {
        bytes.addAndGet(-Layout.recordBytes(size));
        listener.roomChanged(null);
    }

    @Override
    public void publish(Request<?> request, ByteBuffer body) {
        add(request, lastId.incrementAndGet(), body, fresh);
        listener.published(request, false);
        listener.roomChanged(null);
    }

    /** A request that has been in a ring already: it keeps its id, and newcomers come after it. */
    void giveBack(Request<?> request, long id, ByteBuffer body) {
        bytes.addAndGet(Layout.recordBytes(request.size));
        add(request, id, body, returned);
        listener.published(request, false);
    }

    private void add(Request<?> request, long id, ByteBuffer body, Queue<Request<?>> queue) {
        request.setBody(body.clear());
        request.assign(id, 0, this);
        queue.add(request);
        count.incrementAndGet(); // and a full fence, for the look of published
    }

    // ---- Taking

    /** The next, null when there is none. For one thread at a time. */
    @Nullable
    Request<?> peek() {
        Request<?> next = peek(returned);
        return next == null ? peek(fresh) : next;
    }

    private static @Nullable Request<?> peek(Queue<Request<?>> queue) {
        Request<?> next = queue.peek();
        while (next != null && next.isSettled()) {
            queue.remove(next); // not poll: another thread may have removed it meanwhile
            next = queue.peek();
        }
        return next;
    }

    /** What {@code peek} gave, pinned by the caller, is published elsewhere. */
    void moved(Request<?> request) {
        leave(request);
        if (!returned.remove(request)) {
            fresh.remove(request);
        }
    }

    @Override
    public boolean isPublished(Request<?> request) {
        return true;
    }

    @Override
    public boolean withdraw(Request<?> request, int bits) {
        request.withdraw(bits);
        request.takeBack();
        if (!request.hasBegun) {
            withdrawn.incrementAndGet();
        }
        failed(request);
        listener.roomChanged(null);
        return true;
    }

    @Override
    public void failed(Request<?> request) {
        leave(request);
        if (settled.incrementAndGet() > MAX_SETTLED + count.get()) {
            settled.set(0);
            returned.removeIf(Request::isSettled);
            fresh.removeIf(Request::isSettled);
        }
    }

    /** Its bytes are free at once, also when it stands in the middle. */
    private void leave(Request<?> request) {
        request.setBody(null);
        request.settlePinned();
        bytes.addAndGet(-Layout.recordBytes(request.size));
        count.decrementAndGet();
    }

    void forEach(Consumer<Request<?>> look) {
        returned.forEach(look);
        fresh.forEach(look);
    }
}
