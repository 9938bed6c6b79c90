package io.github.belfry.benchmarks;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The page that a sender shares with bench_signal_recv. {@code bench_layout.h} is its twin: change both.
 *
 * <pre>
 *   byte  written by  word
 *   0     sender      sent_sequence: number of the message, from 1; released last
 *   8     sender      sent_nanos: CLOCK_MONOTONIC when the sender began to write
 *   64    sender      payload, 64 bytes
 *   128   worker      ready: LAYOUT, released once it can be signalled
 *   256   worker      read_sequence: the message that was read; released last
 *   264   worker      read_nanos: CLOCK_MONOTONIC when the payload had been read
 *   272   worker      checksum of the payload
 * </pre>
 *
 * <p>The two never write into the same 128 bytes: processors fetch cache lines in pairs.
 */
final class SignalPage {
    /** Its size. */
    static final int BYTES = 4096;

    /** Where the worker finds it. */
    static final int DESCRIPTOR = 3;

    private static final int SENT_SEQUENCE = 0;
    private static final int SENT_NANOS = 8;
    private static final int PAYLOAD = 64;
    private static final int READY = 128;
    private static final int READ_SEQUENCE = 256;
    private static final int READ_NANOS = 264;
    private static final int CHECKSUM = 272;

    private static final int PAYLOAD_WORDS = 8;
    private static final long LAYOUT = 1L << 36 | (long) PAYLOAD << 24 | (long) READY << 12 | READ_SEQUENCE;
    private static final VarHandle WORD = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

    private final ByteBuffer page;

    SignalPage(ByteBuffer page) {
        this.page = page;
    }

    /** Whether the worker can be signalled; throws if it has another layout. */
    boolean isReady() {
        long layout = (long) WORD.getAcquire(page, READY); // pairs with the worker's release
        if (layout != 0 && layout != LAYOUT) {
            throw new IllegalStateException("the worker has another layout of the page: " + Long.toHexString(layout));
        }
        return layout != 0;
    }

    void write(long sequence, long sentNanos) {
        for (int i = 0; i < PAYLOAD_WORDS; i++) {
            page.putLong(PAYLOAD + i * Long.BYTES, sequence + i);
        }
        page.putLong(SENT_NANOS, sentNanos);
        WORD.setRelease(page, SENT_SEQUENCE, sequence); // pairs with the worker's acquire
    }

    /** The last message that the worker has read. */
    long readSequence() {
        return (long) WORD.getAcquire(page, READ_SEQUENCE); // pairs with the worker's release
    }

    long readNanos() {
        return page.getLong(READ_NANOS);
    }

    /** Whether the worker has read what was written. */
    boolean wasReadRight() {
        long sum = 0;
        for (int i = 0; i < PAYLOAD_WORDS; i++) {
            sum = 31 * sum + page.getLong(PAYLOAD + i * Long.BYTES);
        }
        return sum == page.getLong(CHECKSUM);
    }
}
