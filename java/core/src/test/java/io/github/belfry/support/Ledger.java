package io.github.belfry.support;

import io.github.belfry.internal.ring.Layout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;

/**
 * What became of each of many numbered messages to {@code upper}: answered once, with the bytes that follow from its
 * number. Each message has a word, which may be shared with a process that judges by itself, see {@code
 * c/tests/ledger.h}.
 *
 * <pre>
 *   message    | number, 6 bits in a byte that upper leaves alone | a to p, following from the number |
 *   its reply  | the same                                         | A to P                            |
 * </pre>
 */
public final class Ledger {
    public static final int NUMBER_BYTES = 8;

    /** What is added to a message's word. */
    public static final int SENT = 1;

    public static final int READ = 1 << 8;
    public static final int ENDED = 1 << 16;
    public static final int FAILED = 1 << 24;

    private static final long LETTERS = 0x6161616161616161L;
    private static final long NIBBLES = 0x0f0f0f0f0f0f0f0fL;
    private static final long CAPITALS = 0x2020202020202020L;

    private final ByteBuffer words;
    private final LongAdder ended = new LongAdder();
    private final LongAdder damaged = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final AtomicReference<String> firstFault = new AtomicReference<>();

    public Ledger(int messages) {
        this(ByteBuffer.allocateDirect(messages * Integer.BYTES));
    }

    /** Zeroes, in direct memory. */
    public Ledger(ByteBuffer words) {
        this.words = words;
    }

    public int messages() {
        return words.capacity() / Integer.BYTES;
    }

    private void note(int number, int what) {
        Layout.INT.getAndAdd(words, number * Integer.BYTES, what);
    }

    // ---- Messages

    /** Splitmix64, of a message's number and of the index into it. */
    private static long letters(int number, int index) {
        long z = ((long) number << 32 | index) * 0x9e3779b97f4a7c15L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        return ((z ^ (z >>> 27)) & NIBBLES) + LETTERS;
    }

    private static long encoded(int number) {
        long bytes = 0;
        for (int i = 0; i < NUMBER_BYTES; i++) {
            bytes = bytes << 8 | 0x80 | (number >>> 6 * i & 0x3f);
        }
        return bytes;
    }

    /** Fills the buffer, whose capacity is the message's size. */
    public static void write(int number, ByteBuffer buffer) {
        int size = buffer.capacity();
        buffer.putLong(0, encoded(number));
        int at = NUMBER_BYTES;
        for (; at + Long.BYTES <= size; at += Long.BYTES) {
            buffer.putLong(at, letters(number, at));
        }
        for (long rest = letters(number, at); at < size; at++, rest >>>= 8) {
            buffer.put(at, (byte) rest);
        }
    }

    public static byte[] message(int number, int size) {
        byte[] message = new byte[size];
        write(number, ByteBuffer.wrap(message).order(ByteOrder.nativeOrder()));
        return message;
    }

    /** What is wrong with a reply to that message, null when nothing is. */
    public static String fault(int number, int size, ByteBuffer reply) {
        if (reply.capacity() != size) {
            return "message " + number + " of " + size + " bytes: a reply of " + reply.capacity();
        }
        if (reply.getLong(0) != encoded(number)) {
            return "message " + number + ": the reply to another, " + Long.toHexString(reply.getLong(0))
                    + " instead of " + Long.toHexString(encoded(number));
        }
        int at = NUMBER_BYTES;
        for (; at + Long.BYTES <= size; at += Long.BYTES) {
            if (reply.getLong(at) != (letters(number, at) ^ CAPITALS)) {
                return "message " + number + " of " + size + " bytes: wrong at " + at;
            }
        }
        for (long rest = letters(number, at) ^ CAPITALS; at < size; at++, rest >>>= 8) {
            if (reply.get(at) != (byte) rest) {
                return "message " + number + " of " + size + " bytes: wrong at " + at;
            }
        }
        return null;
    }

    // ---- Their ends

    public void send(int number) {
        note(number, SENT);
    }

    /** A reply is read where it lies. */
    public void read(int number, int size, ByteBuffer reply) {
        note(number, READ);
        String fault = fault(number, size, reply);
        if (fault != null) {
            damaged.increment();
            firstFault.compareAndSet(null, fault);
        }
    }

    /** The same for a copy. */
    public void read(int number, int size, byte[] reply) {
        read(number, size, ByteBuffer.wrap(reply).order(ByteOrder.nativeOrder()));
    }

    /** A future has completed, or a call returned. */
    public void end(int number, Throwable failure) {
        if (failure != null) {
            failed.increment();
            firstFault.compareAndSet(null, "message " + number + ": " + failure);
        }
        note(number, failure == null ? ENDED : ENDED + FAILED);
        ended.increment();
    }

    public long ended() {
        return ended.sum();
    }

    /** Neither lost nor doubled, damaged or failed: all 0. */
    public record Balance(long lost, long doubled, long damaged, long failed, String firstFault) {
        public static final Balance EVEN = new Balance(0, 0, 0, 0, null);
    }

    /** When no message is under way. */
    public Balance balance() {
        long lost = 0;
        long doubled = 0;
        for (int number = 0; number < messages(); number++) {
            int word = (int) Layout.INT.getAcquire(words, number * Integer.BYTES);
            int reads = word / READ & 0xff;
            int ends = word / ENDED & 0xff;
            lost += ends == 0 || reads == 0 ? 1 : 0;
            doubled += ends > 1 || reads > 1 ? 1 : 0;
        }
        return new Balance(lost, doubled, damaged.sum(), failed.sum(), firstFault.get());
    }
}
