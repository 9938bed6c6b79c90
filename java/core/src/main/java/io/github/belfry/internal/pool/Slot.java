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
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A slot of the pool: its ring of requests, which outlives the worker, the requests not yet answered, and the
 * incarnation that serves them now. Its two locks are only ever tried, so no thread waits for another's {@code write}:
 *
 * <ul>
 *   <li><em>reserved</em>: by the thread that writes a request into the ring
 *   <li><em>consumed</em>: by the thread that takes replies, or replaces a dead incarnation. No user code runs under it
 * </ul>
 */
public final class Slot implements Destination, AutoCloseable {
    private static final int ID_SLOT_SHIFT = 40;
    private static final VarHandle RESERVED = Field.of(MethodHandles.lookup(), "reserved", boolean.class);
    private static final VarHandle CONSUMED = Field.of(MethodHandles.lookup(), "consumed", boolean.class);
    private static final VarHandle SETTLED = Field.of(MethodHandles.lookup(), "settled", long.class);
    private static final VarHandle TOMBSTONES = Field.of(MethodHandles.lookup(), "tombstones", int.class);

    private final int index;
    private final long spinNanos;
    private final RingMemory requests;
    private final RingWriter writer;
    private final MasterSleep sleep;
    private final RequestQueue queue = new RequestQueue();
    private final WaitingLine sessionLine = new WaitingLine();
    private final Worker worker = new Worker();
    private final Withdrawal withdrawal;
    private final Answers answers;
    private final SlotListener listener;
    private final Progress progress;

    private volatile boolean reserved;
    private volatile boolean consumed;
    private volatile boolean consumerWanted;
    private volatile boolean retired;
    private volatile long settled;

    /** Requests here that were taken back and are still to be skipped. */
    private volatile int tombstones;

    // Under the reservation: since where a map alone has published, and of the requests since it was reserved.
    private @Nullable Object mapToken;
    private long mapStart;
    private @Nullable Request<?> first;
    private boolean mayBeUnheard;
    private long lastId;

    public Slot(PoolOptions options, int index, Pace pace, SlotListener listener) throws IOException {
        this.index = index;
        this.spinNanos = options.steadySpinNanos();
        this.progress = new Progress(pace);
        this.listener = listener;
        requests = RingMemory.requests("belfry-requests-" + options.name() + "-" + index, options.ringBytes());
        writer = new RingWriter(requests);
        sleep = new MasterSleep(requests);
        lastId = (long) index << ID_SLOT_SHIFT;
        withdrawal = new Withdrawal(requests, writer, queue);
        answers = new Answers(this, listener);
        requests.writeHeader(options.number(), index, options.doorbell(), spinNanos);
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

    Withdrawal withdrawal() {
        return withdrawal;
    }

    /** Where sessions' callers wait for room here. */
    WaitingLine sessionLine() {
        return sessionLine;
    }

    Answers answers() {
        return answers;
    }

    public @Nullable Incarnation incarnation() {
        return worker.incarnation();
    }

    /** Whether requests are sent here before others: its worker is ready, and isn't to end after the one in hand. */
    public boolean isServing() {
        Incarnation current = worker.incarnation();
        return worker.isServing() && current != null && !current.isAskedToEnd();
    }

    /** How many requests are here and not settled; without the reservation rather too many than too few. */
    int load() {
        long before = settled;
        return (int) (writer.submitted() - before);
    }

    /** The same without those that are only to be skipped. */
    int waiting() {
        int skipped = tombstones;
        return Math.max(0, load() - skipped);
    }

    /** Whether its worker has nothing to do. */
    boolean isIdle() {
        return isServing() && waiting() == 0 && !reserved;
    }

    Progress progress() {
        return progress;
    }

    // ---- Requests, under the reservation

    public boolean tryReserve() {
        return !reserved && RESERVED.compareAndSet(this, false, true);
    }

    @Override
    public void unreserve(int size) {
        unreserve();
    }

    void unreserve() {
        unreserveUntold();
        listener.roomChanged(this);
    }

    /** For the mover, which would be told of what it does itself. */
    void unreserveUntold() {
        RESERVED.setRelease(this, false);
        VarHandle.fullFence();
        retireIfOver();
    }

    /** The caller has fenced since: it sees a thread that retires, or that thread sees the slot free. */
    private void retireIfOver() {
        if (retired) {
            retireRequests();
        }
    }

    boolean isReserved() {
        return reserved;
    }

    public long nextId() {
        return ++lastId;
    }

    @Override
    public ByteBuffer body(int size) {
        return writer.body(size);
    }

    @Override
    public void publish(Request<?> request, ByteBuffer body) {
        publish(request, nextId());
    }

    /** Its bytes are in the ring. Gives the reservation back and wakes the worker. */
    public void publish(Request<?> request, long id) {
        mapToken = null;
        append(request, id, request.future == null);
        endRun();
    }

    /**
     * The same for a map, which may append more before {@link #endRun}. Its worker doesn't ring for replies while nothing
     * but this map's is unanswered: until another thread publishes here, or the map makes that end.
     *
     * @param token the map's; null: the worker rings
     */
    void append(@Nullable Object token, Request<?> request) {
        mapStart = mapToken == token ? mapStart : writer.tail();
        mapToken = token;
        append(request, nextId(), token != null && writer.freed() >= mapStart);
    }

    /** A worker that is awake may begin it. */
    private void append(Request<?> request, long id, boolean polled) {
        boolean isFirst = load() == 0;
        if (request.future != null) {
            if (isFirst) {
                progress.begun();
            }
            writer.letSpin(spinNanos); // a call has said so itself
        }
        mayBeUnheard |= sleep.beforePublish(polled);
        request.assign(id, writer.tail(), this);
        request.timing().published(index, isFirst, request.hasBegun);
        queue.add(request);
        writer.publish(id, request.type, request.size, request.attempt(), request.withdrawn());
        first = first == null ? request : first;
    }

    /** Gives the reservation back after {@code append}, and wakes the worker. */
    void endRun() {
        Request<?> published = first;
        boolean unheard = mayBeUnheard;
        first = null;
        mayBeUnheard = false;
        RESERVED.setRelease(this, false);
        // Between our request_tail and the worker's worker_sleep, see Ringer; and for the two below.
        VarHandle.fullFence();
        retireIfOver();
        listener.roomChanged(this);
        Incarnation current = worker.incarnation();
        if (published != null) {
            listener.published(published, load() > 1); // its deadline is the earliest
            if (current != null) {
                current.ringer().requestPublished();
            }
        }
        if (unheard && hasUnread()) {
            listener.unread(this);
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

    /** The oldest request, once it is in the ring. */
    @Nullable
    Request<?> oldestPublished() {
        Request<?> oldest = queue.peek();
        return oldest != null && isPublished(oldest) ? oldest : null;
    }

    @Override
    public boolean isPublished(Request<?> request) {
        return withdrawal.isPublished(request);
    }

    /** The oldest request is settled, or somewhere else now. */
    void remove(Request<?> oldest) {
        free(oldest);
        tellFreed();
    }

    /** {@link #tellFreed} has to follow. */
    void free(Request<?> oldest) {
        if (oldest.isTakenBack()) {
            TOMBSTONES.getAndAdd(this, -1);
        }
        writer.free(oldest.end());
        queue.remove(oldest);
        SETTLED.setRelease(this, settled + 1);
    }

    /** There may be room now for a submitter that waits. */
    void tellFreed() {
        VarHandle.fullFence(); // between what was freed and the look for a submitter that waits
        listener.roomChanged(this);
    }

    @Override
    public void timedOut() {
        requests.addAtomically(Layout.TIMED_OUT, 1);
    }

    // ---- Withdrawal, by any thread that has the request pinned

    /** Also settled if its worker has begun it: told that it is abandoned, that may reply anything. */
    @Override
    public boolean withdraw(Request<?> request, int bits) {
        boolean certain = withdrawal.tell(request, bits);
        if (certain) {
            if (!request.hasBegun) {
                requests.addAtomically(Layout.WITHDRAWN, 1);
            }
            movedAway(request);
        } else {
            request.settlePinned();
            lookAgain();
        }
        return certain;
    }

    /** After {@code tell}: it is settled here, and to be skipped. */
    void movedAway(Request<?> request) {
        request.takeBack();
        TOMBSTONES.getAndAdd(this, 1);
        request.settlePinned();
        lookAgain();
    }

    void unpin(Request<?> request) {
        request.unpin();
        lookAgain();
    }

    /** A thread that met the pin left the reply behind it. */
    private void lookAgain() {
        VarHandle.fullFence();
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

    /** The end: no worker comes any more. Memory that a callback reads or writes in place is closed when it returns. */
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
                last.closeReplies();
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
