package io.github.belfry.benchmarks;

import java.nio.ByteBuffer;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** What Agrona and Aeron send to an {@link Echo}: a number at the beginning and the end of so many bytes. */
final class EchoMessage {
    private final UnsafeBuffer bytes;
    private final int size;
    private long number;
    private boolean answered;
    private boolean right;

    EchoMessage(int size) {
        this.size = size;
        bytes = new UnsafeBuffer(ByteBuffer.allocateDirect(size));
    }

    UnsafeBuffer bytes() {
        return bytes;
    }

    /** The next one, which has no answer yet. */
    void number(long newNumber) {
        number = newNumber;
        bytes.putLong(0, number);
        bytes.putLong(size - Long.BYTES, number);
        answered = false;
        right = false;
    }

    void answer(DirectBuffer buffer, int index, int length) {
        answered = true;
        right = length == size
                && buffer.getLong(index) == number
                && buffer.getLong(index + size - Long.BYTES) == number;
    }

    boolean isAnswered() {
        return answered;
    }

    /** Whether the answer has the number at both ends, and the size. */
    boolean isAnsweredRight() {
        return right;
    }
}
