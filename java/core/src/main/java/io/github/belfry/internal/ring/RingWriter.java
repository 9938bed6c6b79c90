package io.github.belfry.internal.ring;

import io.github.belfry.internal.sys.Field;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/**
 * The master's end of a ring of requests. {@code body} and {@code publish} are for the thread that has the slot
 * reserved; {@code free} for the thread that holds its consumer lock.
 *
 * <pre>
 *      freed             tail
 *  ------|#######|#######|---------
 *         a request's bytes stay untouched until its reply is matched
 * </pre>
 */
public final class RingWriter {
    private static final VarHandle SUBMITTED = Field.of(MethodHandles.lookup(), "submitted", long.class);
    private static final VarHandle FREED = Field.of(MethodHandles.lookup(), "freed", long.class);

    private final RingMemory memory;
    private long tail;
    private long spinNanos = -1; // what the header has isn't known
    private volatile long submitted;
    private long freedBefore;
    private volatile long freed;

    public RingWriter(RingMemory memory) {
        this.memory = memory;
    }

    /** Exact for the thread that has the slot reserved; for others what it was a moment ago. */
    public boolean hasRoom(int size) {
        long needed = tail + Layout.recordBytes(size) - memory.ringBytes();
        if (needed <= freedBefore) {
            return true;
        }
        long now = freed;
        freedBefore = now;
        return needed <= now;
    }

    /** How many bytes lie here; rather too many than too few, but for the thread that has the slot reserved. */
    public long bytes() {
        long upTo = freed;
        return memory.getAcquire(Layout.REQUEST_TAIL) - upTo;
    }

    /** Before a request is published: how long its worker looks for the next one before it sleeps. */
    public void letSpin(long nanos) {
        if (nanos != spinNanos) {
            spinNanos = nanos;
            memory.set(Layout.SPIN_NANOS, nanos);
        }
    }

    /** Where the next request's bytes go. */
    public ByteBuffer body(int size) {
        return memory.slice(memory.offset(tail) + Layout.RECORD_BYTES, size);
    }

    /** Where the next request begins, and once published where it began. */
    public long tail() {
        return tail;
    }

    /** The bytes have been written; from now on the worker may read them. */
    public void publish(long id, int type, int size, int attempt) {
        publish(id, type, size, attempt, 0);
    }

    /** {@code withdrawn} says which incarnation it is for, see {@link Layout#SESSION_SHIFT}. */
    public void publish(long id, int type, int size, int attempt, int withdrawn) {
        ByteBuffer bytes = memory.bytes();
        int record = memory.offset(tail);
        bytes.putInt(record + Layout.RECORD_SIZE, size);
        bytes.putInt(record + Layout.RECORD_TYPE, type);
        bytes.putLong(record + Layout.RECORD_ID, id);
        bytes.putInt(record + Layout.RECORD_ATTEMPT, attempt);
        bytes.putInt(record + Layout.RECORD_WITHDRAWN, withdrawn);
        tail += Layout.recordBytes(size);
        long count = submitted + 1;
        SUBMITTED.setRelease(this, count);
        memory.set(Layout.SUBMITTED, count); // a load waits for the line, which the worker reads: 42 ns, not 38
        // Pairs with the load-acquire of request_tail in ring.c.
        memory.setRelease(Layout.REQUEST_TAIL, tail);
    }

    /** How many were published, or are in a moment; for any thread. */
    public long submitted() {
        return submitted;
    }

    /** Tells the worker, which may be about to begin that request. A full fence has to follow. */
    public void withdraw(long start, int bits) {
        // Pairs with the load-acquire of `withdrawn` in ring.c.
        Layout.INT.setRelease(memory.bytes(), memory.offset(start) + Layout.RECORD_WITHDRAWN, bits);
    }

    /** For the next incarnation of the worker, while none runs. */
    public void setAttempt(long start, int attempt) {
        memory.bytes().putInt(memory.offset(start) + Layout.RECORD_ATTEMPT, attempt);
    }

    /** The bytes of a request that was published and not freed. */
    public ByteBuffer published(long start, int size) {
        return memory.slice(memory.offset(start) + Layout.RECORD_BYTES, size);
    }

    /**
     * Requests up to here are answered, given up or moved. The caller fences, then tells the submitters that wait for
     * room.
     */
    public void free(long upTo) {
        FREED.setRelease(this, upTo);
    }

    /** Where the oldest request begins that is neither. */
    public long freed() {
        return freed;
    }
}
