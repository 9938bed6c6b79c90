package io.github.belfry.benchmarks;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;

/** Two of Agrona's rings, and another VM that spins as this one does. */
final class AgronaEcho implements Echo {
    private static final int RING_BYTES = 1 << 20;

    private final AgronaRing requests;
    private final AgronaRing replies;
    private final ReaderVm other;
    private final int size;
    private final UnsafeBuffer message;
    private final MessageHandler handler = (type, buffer, index, length) -> read(buffer, index, length);
    private long number;
    private boolean right;

    AgronaEcho(int size, ForkSettings settings) throws IOException {
        this.size = size;
        message = new UnsafeBuffer(ByteBuffer.allocateDirect(size));
        requests = AgronaRing.make(RING_BYTES);
        replies = AgronaRing.make(RING_BYTES);
        other = new ReaderVm(
                EchoReader.class,
                settings.cpus(),
                EchoReader.AGRONA,
                requests.file().getPath(),
                replies.file().getPath());
    }

    @Override
    public boolean roundTrip(long newNumber) {
        number = newNumber;
        message.putLong(0, number);
        message.putLong(size - Long.BYTES, number);
        if (!requests.ring().write(AgronaRing.TYPE, message, 0, size)) {
            throw new IllegalStateException("there is no room in an empty ring");
        }
        right = false;
        other.await(() -> replies.ring().read(handler, 1) > 0);
        return right;
    }

    private void read(DirectBuffer buffer, int index, int length) {
        right = length == size
                && buffer.getLong(index) == number
                && buffer.getLong(index + size - Long.BYTES) == number;
    }

    @Override
    public void close() throws IOException {
        other.close();
        requests.close();
        replies.close();
    }
}
