package io.github.belfry.benchmarks;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What throughput is measured with: a few megabytes of numbers that are sent piece by piece, over and over. The reader of
 * a piece adds up one word of each 64 bytes, so that every cache line has to come over; the sum of all is checked at the
 * end. {@code bench_source.h} is its twin: change both.
 */
public final class Source {
    /** With a ring more than a level 2 cache has. */
    static final int BYTES = 4 << 20;

    static final int STRIDE = 64;

    /** Types of the requests to bench_sum_worker: add it up, reply with what was added up, reply with its sum. */
    public static final int ADD = 0;

    public static final int TOTAL = 1;
    public static final int SUM = 2;

    private final ByteBuffer bytes = ByteBuffer.allocateDirect(BYTES).order(ByteOrder.nativeOrder());

    Source() {
        for (int i = 0; i < BYTES / Long.BYTES; i++) {
            bytes.putLong(i * Long.BYTES, i * 0x9e3779b97f4a7c15L);
        }
    }

    public ByteBuffer bytes() {
        return bytes;
    }

    /** A copy, for transports that can't send what is outside the heap. */
    byte[] array() {
        byte[] array = new byte[BYTES];
        bytes.get(0, array);
        return array;
    }

    /** Where the next piece is; all have one size, a power of two from the stride on. */
    static int next(int offset, int size) {
        return (offset + size) & (BYTES - 1);
    }

    /** Of so many pieces from the first on. */
    long sum(long pieces, int size) {
        long all = BYTES / size;
        return pieces / all * sum(BYTES) + sum((int) (pieces % all) * size);
    }

    private long sum(int length) {
        long sum = 0;
        for (int i = 0; i < length; i += STRIDE) {
            sum += bytes.getLong(i);
        }
        return sum;
    }
}
