package io.github.belfry.internal.pool;

import io.github.belfry.internal.ring.Layout;
import io.github.belfry.internal.ring.MasterSleep;
import io.github.belfry.internal.ring.RingMemory;
import io.github.belfry.internal.ring.RingWriter;
import io.github.belfry.internal.ring.SlotCounters;
import io.github.belfry.internal.sys.Field;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
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
    private final Worker worker = new Worker();
    private final Answers answers;
    private final SlotListener listener;

    private volatile boolean reserved;
    private volatile boolean consumed;
    private volatile @Nullable RingMemory replies;
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
        answers = new Answers(this, listener);
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

    Answers answers() {
        return answers;
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
        request.assign(id, writer.tail(), this);
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

    /** {@link #tellFreed} has to follow. */
    void free(Request<?> oldest) {
        writer.free(oldest.end());
        queue.remove(oldest);
        SETTLED.setRelease(this, settled + 1);
    }

    /** There may be room now for a submitter that waits. */
    void tellFreed() {
        VarHandle.fullFence(); // between what was freed and the look for a submitter that waits
        listener.roomChanged();
    }

    // ---- Withdrawal, by any thread that has the request pinned

    /** Before the clone: that memory is the one that the next incarnation writes to. Null: none runs any more. */
    void setReplies(@Nullable RingMemory next) {
        replies = next;
    }

    /**
     * Takes a published request back unless its worker has begun it, and unpins it. In this order: the word, fence, the
     * current incarnation's in_hand; see layout.h.
     */
    void withdraw(Request<?> request, int bits) {
        writer.withdraw(request.start(), request.withdraw(bits));
        VarHandle.fullFence();
        RingMemory current = replies;
        if (current == null || current.getAcquire(Layout.IN_HAND) < request.end()) {
            request.takeBack();
        } else {
            request.unpin();
        }
        VarHandle.fullFence(); // a thread that met the pin left the reply behind it
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
