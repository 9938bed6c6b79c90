package io.github.belfry.benchmarks;

import java.io.IOException;
import org.agrona.concurrent.MessageHandler;

/** Two of Agrona's rings, and another VM that spins as this one does. */
final class AgronaEcho implements Echo {
    private static final int RING_BYTES = 1 << 20;

    private final AgronaRing requests;
    private final AgronaRing replies;
    private final ReaderVm other;
    private final EchoMessage message;
    private final int size;
    private final MessageHandler handler;

    AgronaEcho(int size, ForkSettings settings) throws IOException {
        this.size = size;
        message = new EchoMessage(size);
        handler = (type, buffer, index, length) -> message.answer(buffer, index, length);
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
    public boolean roundTrip(long number) {
        message.number(number);
        if (!requests.ring().write(AgronaRing.TYPE, message.bytes(), 0, size)) {
            throw new IllegalStateException("there is no room in an empty ring");
        }
        other.await(() -> replies.ring().read(handler, 1) > 0);
        return message.isAnsweredRight();
    }

    @Override
    public void close() throws IOException {
        other.close();
        requests.close();
        replies.close();
    }
}
