package io.github.belfry.internal.ring;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Each byte that a master and a worker share: the twin of {@code belfry/layout.h}, where the words are explained. A
 * test compares the two through the compiled C. A change here is a new {@link #VERSION}.
 */
public final class Layout {
    public static final int VERSION = 2;

    public static final int REQUESTS_MAGIC = 0x51667242;
    public static final int REPLIES_MAGIC = 0x50667242;

    public static final int REQUESTS_FD = 3;
    public static final int REPLIES_FD = 4;
    public static final int DOORBELL_FD = 5;
    public static final int LIFELINE_FD = 6;

    public static final int STARTING = 0;
    public static final int READY = 1;
    public static final int LEAVING = 2;

    public static final int MIN_RING_BYTES = 64 << 10;
    public static final int MAX_RING_BYTES = 256 << 20;
    public static final int RING_RESERVE = 64;

    /** Words of a record. */
    public static final int RECORD_BYTES = 24;

    public static final int RECORD_SIZE = 0;
    public static final int RECORD_TYPE = 4;
    public static final int RECORD_ID = 8;
    public static final int RECORD_ATTEMPT = 16;
    public static final int RECORD_CODE = 16;
    public static final int RECORD_WITHDRAWN = 20;
    public static final int RECORD_FLAGS = 20;

    /** Bits of a request's {@code withdrawn}. */
    public static final int SKIP = 1;

    public static final int ABANDONED = 2;

    /** Of the incarnation that a session's request is for, in {@code withdrawn}; 0 there is any. */
    public static final int SESSION_SHIFT = 2;

    /** A reply's {@code flags}. */
    public static final int SKIPPED = 1;

    /** First words of both headers. */
    public static final int MAGIC = 0;

    public static final int HEADER_VERSION = 4;
    public static final int HEADER_BYTES = 8;
    public static final int RING_BYTES = 12;

    /** The requests, written by the master. */
    public static final int DOORBELL = 16;

    public static final int SLOT = 20;
    public static final int SPIN_NANOS = 24;
    public static final int POOL = 32;
    public static final int REQUEST_TAIL = 128;
    public static final int SUBMITTED = 136;
    public static final int REPLY_HEAD = 256;
    public static final int MASTER_SLEEP = 384;
    public static final int RESUME = 512;
    public static final int REQUESTS_INCARNATION = 520;
    public static final int PAST_ANSWERED = 640;
    public static final int PAST_FAULTS = 648;
    public static final int PAST_BUSY_NANOS = 656;
    public static final int PAST_WAKES = 664;
    public static final int PAST_SIGNALS = 672;
    public static final int PAST_RESCUES = 680;
    public static final int DEATHS = 688;
    public static final int LEFT = 696;
    public static final int MASTER_RESCUES = 704;
    public static final int BREAKER_OPEN = 712;
    public static final int ENDED_NANOS = 720;
    public static final int SUMMED = 728;
    public static final int WITHDRAWN = 736;
    public static final int TIMED_OUT = 744;
    public static final int QUEUED = 752;
    public static final int QUEUE_WITHDRAWN = 760;
    public static final int QUEUE_TIMED_OUT = 768;

    /** The replies, written by the worker. */
    public static final int REPLIES_INCARNATION = 16;

    public static final int REPLY_TAIL = 128;
    public static final int WORKER_SLEEP = 256;
    public static final int STATE = 384;
    public static final int PID = 388;
    public static final int IN_HAND = 392;
    public static final int ANSWERED = 512;
    public static final int FAULTS = 520;
    public static final int BUSY_NANOS = 528;
    public static final int WAKES = 536;
    public static final int SIGNALS = 544;
    public static final int RESCUES = 552;
    public static final int SKIPS = 560;

    /** Words of a ByteBuffer that is shared memory, by their offset. */
    public static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

    public static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

    private Layout() {}

    /** Whether a ring can be of that size. */
    static boolean isRingBytes(long bytes) {
        return bytes >= MIN_RING_BYTES && bytes <= MAX_RING_BYTES && Long.bitCount(bytes) == 1;
    }

    /** The size itself; {@code option} is what it was given for. */
    public static int checkRingBytes(int bytes, String option) {
        if (!isRingBytes(bytes)) {
            throw new IllegalArgumentException(
                    option + " is " + bytes + ", not a power of two from " + MIN_RING_BYTES + " to " + MAX_RING_BYTES);
        }
        return bytes;
    }

    /** What a message takes in a ring: with its header, padded to a multiple of 8. */
    public static long recordBytes(int size) {
        return (RECORD_BYTES + 7L + size) & ~7L;
    }
}
