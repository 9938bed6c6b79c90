package io.github.belfry.internal.pool;

import io.github.belfry.internal.ring.Layout;
import io.github.belfry.internal.ring.MasterSleep;
import io.github.belfry.internal.ring.RingMemory;
import io.github.belfry.internal.ring.RingReader;
import io.github.belfry.internal.ring.RingWriter;
import io.github.belfry.internal.ring.SlotCounters;
import io.github.belfry.internal.sys.Field;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A slot of the pool: its ring of requests, which outlives the worker, the requests not yet answered, and the
 * incarnation that serves them now. Its two locks are only ever tried, so no thread waits for another's callback:
 *
 * <ul>
 *   <li><em>reserved</em>: by the thread that writes a request into the ring
 *   <li><em>consumed</em>: by the thread that takes replies, or replaces a dead incarnation
 * </ul>
 */
public final class Slot implements AutoCloseable {
    private static final int ID_SLOT_SHIFT = 40;
    private static final VarHandle RESERVED = Field.of(MethodHandles.lookup(), "reserved", boolean.class);
    private static final VarHandle CONSUMED = Field.of(MethodHandles.lookup(), "consumed", boolean.class);
    private static final VarHandle SETTLED = Field.of(MethodHandles.lookup(), "settled", long.class);

    private final int index;
    private final RingMemory requests;
    private final RingWriter writer;
    private final MasterSleep sleep;
    private final RequestQueue queue = new RequestQueue();
    private final SpareRequests spares = new SpareRequests();
    private final Worker worker = new Worker();
    private final SlotListener listener;

    private volatile boolean reserved;
    private volatile boolean consumed;
    private volatile boolean consumerWanted;
    private volatile boolean retired;
    private volatile long settled;
    private long lastId;

    public Slot(PoolOptions options, int index, SlotListener listener) throws IOException {
        this.index = index;
        this.listener = listener;
        requests = RingMemory.requests("belfry-requests-" + options.name() + "-" + index, options.ringBytes());
        writer = new RingWriter(requests);
        sleep = new MasterSleep(requests);
        lastId = (long) index << ID_SLOT_SHIFT;
        requests.writeHeader(options.number(), index, options.doorbell(), options.spinNanos());
    }

    int index() {
        return index;
    }

    public RingMemory requests() {
        return requests;
    }

    public RingWriter writer() {
        return writer;
    }

    MasterSleep sleep() {
        return sleep;
    }

    RequestQueue queue() {
        return queue;
    }

    Worker worker() {
        return worker;
    }

    @Nullable
    public Incarnation incarnation() {
        return worker.incarnation();
    }

    public boolean isServing() {
        return worker.isServing();
    }

    /** How many requests are here and not settled; without the reservation rather too many than too few. */
    int load() {
        long before = settled;
        return (int) (writer.submitted() - before);
    }

    // ---- Requests, under the reservation

    public boolean tryReserve() {
        return !reserved && RESERVED.compareAndSet(this, false, true);
    }

    void unreserve() {
        RESERVED.setRelease(this, false);
        VarHandle.fullFence();
        unreserved();
    }

    /**
     * The caller has fenced since: it sees a thread that retires or waits for room, or that thread sees the slot free.
     */
    private void unreserved() {
        if (retired) {
            retireRequests();
        }
        listener.roomChanged();
    }

    boolean isReserved() {
        return reserved;
    }

    public long nextId() {
        return ++lastId;
    }

    /** Its bytes are in the ring. Gives the reservation back and wakes the worker. */
    public void publish(Request<?> request, long id) {
        sleep.beforePublish(request.future == null);
        request.assign(id, writer.tail());
        queue.add(request);
        writer.publish(id, request.type, request.size, request.attempt());
        RESERVED.setRelease(this, false);
        // Between our request_tail and the worker's worker_sleep, see Ringer; and for the two below.
        VarHandle.fullFence();
        unreserved();
        listener.published();
        Incarnation current = worker.incarnation();
        if (current != null) {
            current.ringer().requestPublished();
        }
    }

    // ---- Replies, under the consumer lock

    public boolean tryConsume() {
        return !consumed && CONSUMED.compareAndSet(this, false, true);
    }

    /** With a full fence: it sees a thread that retires or waits for the lock, or that thread sees the lock free. */
    public void stopConsuming() {
        CONSUMED.setRelease(this, false);
        VarHandle.fullFence();
        if (retired) {
            retireReplies();
        }
        if (consumerWanted) {
            listener.consumerGone();
        }
    }

    public boolean isConsumed() {
        return consumed;
    }

    /** For the supervisor, before it tries: then it is told when the holder is gone. */
    void wantConsumer(boolean wanted) {
        consumerWanted = wanted;
    }

    /** Whether its worker has published a reply that no thread has taken; for any thread. */
    public boolean hasUnread() {
        Incarnation current = worker.incarnation();
        return current != null && !current.isBroken() && current.reader().hasMore();
    }

    /**
     * Takes up to {@code max} replies if no other thread does, and completes their futures in this thread; how many.
     */
    int readReplies(int max) {
        Incarnation current = worker.incarnation();
        if (current == null || !current.reader().hasMore() || !tryConsume()) {
            return 0;
        }
        int count = 0;
        try {
            current = worker.incarnation();
            while (current != null && count < max && take(current)) {
                count++;
            }
        } finally {
            stopConsuming();
        }
        return count;
    }

    /** Takes one reply and completes its future; false when there is none. */
    private boolean take(Incarnation current) {
        RingReader reader = current.reader();
        Request<?> request = nextAnswered(current);
        if (request == null) {
            return false;
        }
        tellFreed();
        complete(request, reader.code(), reader);
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
        if (queue.peek() != null) {
            current.ringer().ringSleeper();
        }
    }

    private <R> void complete(Request<R> request, int code, RingReader reader) {
        CompletableFuture<R> future = request.future;
        if (future != null && request.settle()) {
            request.answer(future, code, reader.body());
        }
    }

    /**
     * The oldest request, which the next reply answers. Its bytes are free, and {@link #tellFreed} is to come; the
     * reply's space is the caller's to release. Null when there is no reply, or no rule to trust.
     */
    @Nullable
    Request<?> nextAnswered(Incarnation current) {
        try {
            if (current.isBroken() || !current.reader().next()) {
                return null;
            }
            Request<?> oldest = queue.peek();
            check(current.reader(), oldest);
            current.reader().accept();
            free(oldest);
            return oldest;
        } catch (RingReader.BrokenRuleException e) {
            current.quarantine(e.getMessage());
            return null;
        }
    }

    private static void check(RingReader reader, @Nullable Request<?> oldest) throws RingReader.BrokenRuleException {
        reader.check(oldest == null ? RingReader.NO_REQUEST : oldest.id(), oldest == null ? 0 : oldest.type);
    }

    /**
     * Ends a worker that has broken a rule and not rung. Without the consumer lock: a thread that takes replies
     * meanwhile checks them itself. In this order: taken, lock free, the reply, the oldest request, taken.
     */
    void checkUnread() {
        Incarnation current = worker.incarnation();
        if (current == null || !hasUnread()) {
            return;
        }
        long taken = current.reader().taken();
        if (consumed) {
            return;
        }
        try {
            RingReader lookAhead = current.reader().lookAhead(taken);
            if (lookAhead.next()) {
                check(lookAhead, queue.peek());
            }
        } catch (RingReader.BrokenRuleException e) {
            VarHandle.acquireFence();
            if (current.reader().taken() == taken) {
                current.quarantine(e.getMessage());
            }
        }
    }

    /**
     * The oldest request, once it is in the ring: one that is about to be published is in the queue already, and taken
     * from it now would leave the next incarnation to begin beyond the tail.
     */
    @Nullable
    Request<?> oldestPublished() {
        Request<?> oldest = queue.peek();
        return oldest != null && oldest.end() <= requests.getAcquire(Layout.REQUEST_TAIL) ? oldest : null;
    }

    /** The oldest request is settled, or somewhere else now. */
    void remove(Request<?> oldest) {
        free(oldest);
        tellFreed();
    }

    private void free(Request<?> oldest) {
        writer.free(oldest.end());
        queue.remove(oldest);
        SETTLED.setRelease(this, settled + 1);
    }

    /** After {@link #nextAnswered}: there may be room for a submitter that waits. */
    void tellFreed() {
        VarHandle.fullFence(); // between what was freed and the look for a submitter that waits
        listener.roomChanged();
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
    <R> @Nullable CompletableFuture<R> poll(Request<R> request, long spinNanos, Caller caller) {
        Incarnation current = worker.incarnation();
        boolean taken = false;
        CompletableFuture<R> future = null;
        try {
            taken = current != null && current.reader().await(spinNanos) && nextAnswered(current) == request;
            if (taken) {
                request.settleUnshared();
                caller.accept(request, current.reader().code(), current.reader().body());
                spares.keep(request);
            } else {
                future = new CompletableFuture<>();
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
            sleep.fallAsleep();
        }
        stopConsuming(); // and a fence
        listener.roomChanged();
        if (taken) {
            ringWaiting(current);
        }
        if (hasUnread()) {
            listener.unread(this);
        }
    }

    /** What its workers have counted. */
    SlotCounters counters() {
        Incarnation current = worker.incarnation();
        return SlotCounters.of(
                requests.bytes(), current == null ? null : current.replies().bytes());
    }

    /** The end: no worker comes any more. Memory that a callback is reading or writing is closed when it returns. */
    void retire() {
        retired = true;
        retireReplies();
        retireRequests();
    }

    /** Once: the thread that does it keeps the lock. */
    private void retireReplies() {
        if (tryConsume()) {
            Incarnation last = worker.incarnation();
            worker.down();
            if (last != null) {
                last.replies().close();
            }
        }
    }

    private void retireRequests() {
        if (tryReserve()) {
            requests.close();
        }
    }

    @Override // before other threads know of it
    public void close() {
        requests.close();
    }
}
