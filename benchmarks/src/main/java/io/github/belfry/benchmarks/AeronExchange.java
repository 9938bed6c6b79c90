package io.github.belfry.benchmarks;

import io.aeron.logbuffer.FragmentHandler;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** Requests through Aeron's streams, with as many unanswered as {@code map} has. */
final class AeronExchange implements Exchange {
    private static final int FRAGMENTS = 64;

    private final AeronStreams streams;
    private final UnsafeBuffer message;
    private final int size;
    private final FragmentHandler handler;
    private long next;
    private boolean right;

    AeronExchange(int size, ForkSettings settings) throws IOException {
        this.size = size;
        message = new UnsafeBuffer(ByteBuffer.allocateDirect(size));
        streams = new AeronStreams(settings);
        handler = (buffer, offset, length, header) -> {
            right &= length == size
                    && buffer.getLong(offset) == next
                    && buffer.getLong(offset + size - Long.BYTES) == next;
            next++;
        };
    }

    @Override
    public boolean exchange(long first, int count) {
        right = true;
        next = first;
        long end = first + count;
        long[] sent = {first};
        while (next < end) {
            streams.await(() -> {
                while (sent[0] < end && sent[0] - next < PoolExchange.UNANSWERED && send(sent[0])) {
                    sent[0]++;
                }
                return streams.replies().poll(handler, FRAGMENTS) > 0;
            });
        }
        return right;
    }

    private boolean send(long number) {
        message.putLong(0, number);
        message.putLong(size - Long.BYTES, number);
        return AeronOneWay.accepted(streams.requests().offer(message, 0, size));
    }

    @Override
    public void close() {
        streams.close();
    }
}
