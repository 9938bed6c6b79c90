package io.github.belfry.internal.ring;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The worker's end of both rings, played in this VM on the same memory: what {@code ring.c} does, without its checks.
 * That is why the replies are writable here.
 */
public final class WorkersEnd implements AutoCloseable {
    public static final int RING_BYTES = Layout.MIN_RING_BYTES;
    public static final int MAX_SIZE = RING_BYTES - Layout.RING_RESERVE;

    public final RingMemory requests;
    public final RingMemory replies;
    public long requestHead;
    private long replyTail;

    public WorkersEnd() throws IOException {
        requests = RingMemory.requests("test-requests", RING_BYTES);
        replies = RingMemory.requests("test-replies", RING_BYTES);
    }

    /** A request as the worker finds it; its bytes lie in the ring. */
    public record Received(long id, int type, int attempt, int size, ByteBuffer body) {}

    public boolean hasRequest() {
        return requests.getAcquire(Layout.REQUEST_TAIL) != requestHead;
    }

    public Received next() {
        ByteBuffer ring = requests.bytes();
        int record = requests.offset(requestHead);
        int size = ring.getInt(record + Layout.RECORD_SIZE);
        requestHead += Layout.recordBytes(size);
        return new Received(
                ring.getLong(record + Layout.RECORD_ID),
                ring.getInt(record + Layout.RECORD_TYPE),
                ring.getInt(record + Layout.RECORD_ATTEMPT),
                size,
                requests.slice(record + Layout.RECORD_BYTES, size));
    }

    public boolean mayReply(int size) {
        long head = requests.getAcquire(Layout.REPLY_HEAD);
        return replyTail - head + Layout.recordBytes(size) <= RING_BYTES;
    }

    public void reply(long id, int code, int size) {
        int record = replies.offset(replyTail);
        fill(id, replies.slice(record + Layout.RECORD_BYTES, size));
        putRecord(replyTail, size, id, code);
        replyTail += Layout.recordBytes(size);
        replies.setRelease(Layout.REPLY_TAIL, replyTail);
    }

    /** The words of a reply at a cursor, published or not. */
    public void putRecord(long cursor, int size, long id, int code) {
        ByteBuffer ring = replies.bytes();
        int record = replies.offset(cursor);
        ring.putInt(record + Layout.RECORD_SIZE, size);
        ring.putInt(record + Layout.RECORD_TYPE, 0);
        ring.putLong(record + Layout.RECORD_ID, id);
        ring.putInt(record + Layout.RECORD_CODE, code);
        ring.putInt(record + Layout.RECORD_FLAGS, 0);
    }

    // ---- Messages that differ from each other in all their bytes

    public static void fill(long id, ByteBuffer body) {
        body.put(0, bytes(id, body.capacity()));
    }

    public static byte[] bytes(long id, int size) {
        byte[] bytes = new byte[size];
        int first = (int) id * 31;
        for (int at = 0; at < size; at++) {
            bytes[at] = (byte) (first + at * 7 + (at >>> 8));
        }
        return bytes;
    }

    public static byte[] copy(ByteBuffer body) {
        byte[] bytes = new byte[body.remaining()];
        body.get(bytes);
        return bytes;
    }

    @Override
    public void close() {
        requests.close();
        replies.close();
    }
}
