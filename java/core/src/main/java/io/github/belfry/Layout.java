package io.github.belfry;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Each byte that a master and a worker share: the twin of {@code belfry/layout.h}, where the words are explained. A
 * test compares the two through the compiled C. A change here is a new {@link #VERSION}.
 */
final class Layout {
    static final int VERSION = 1;

    static final int REQUESTS_MAGIC = 0x51667242;
    static final int REPLIES_MAGIC = 0x50667242;

    static final int REQUESTS_FD = 3;
    static final int REPLIES_FD = 4;
    static final int DOORBELL_FD = 5;
    static final int LIFELINE_FD = 6;

    static final int STARTING = 0;
    static final int READY = 1;
    static final int LEAVING = 2;

    static final int MIN_RING_BYTES = 64 << 10;
    static final int MAX_RING_BYTES = 256 << 20;
    static final int RING_RESERVE = 64;

    /** Words of a record. */
    static final int RECORD_BYTES = 24;

    static final int RECORD_SIZE = 0;
    static final int RECORD_TYPE = 4;
    static final int RECORD_ID = 8;
    static final int RECORD_ATTEMPT = 16;
    static final int RECORD_CODE = 16;
    static final int RECORD_RESERVED = 20;

    /** First words of both headers. */
    static final int MAGIC = 0;

    static final int HEADER_VERSION = 4;
    static final int HEADER_BYTES = 8;
    static final int RING_BYTES = 12;

    /** The requests, written by the master. */
    static final int DOORBELL = 16;

    static final int SLOT = 20;
    static final int SPIN_NANOS = 24;
    static final int POOL = 32;
    static final int REQUEST_TAIL = 128;
    static final int SUBMITTED = 136;
    static final int REPLY_HEAD = 256;
    static final int MASTER_SLEEP = 384;
    static final int RESUME = 512;
    static final int REQUESTS_INCARNATION = 520;
    static final int PAST_ANSWERED = 640;
    static final int PAST_FAULTS = 648;
    static final int PAST_BUSY_NANOS = 656;
    static final int PAST_WAKES = 664;
    static final int PAST_SIGNALS = 672;
    static final int PAST_RESCUES = 680;
    static final int DEATHS = 688;
    static final int WITHDRAWN = 696;
    static final int MASTER_RESCUES = 704;

    /** The replies, written by the worker. */
    static final int REPLIES_INCARNATION = 16;

    static final int REPLY_TAIL = 128;
    static final int WORKER_SLEEP = 256;
    static final int STATE = 384;
    static final int PID = 388;
    static final int ID_IN_HAND = 392;
    static final int ANSWERED = 512;
    static final int FAULTS = 520;
    static final int BUSY_NANOS = 528;
    static final int WAKES = 536;
    static final int SIGNALS = 544;
    static final int RESCUES = 552;

    /** Words of a ByteBuffer that is shared memory, by their offset. */
    static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

    static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

    private Layout() {}

    /** What a message takes in a ring: with its header, padded to a multiple of 8. */
    static long recordBytes(int size) {
        return (RECORD_BYTES + 7L + size) & ~7L;
    }
}
