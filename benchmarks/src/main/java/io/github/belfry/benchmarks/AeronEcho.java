package io.github.belfry.benchmarks;

import io.aeron.FragmentAssembler;
import java.io.IOException;

/** Aeron's streams, to another VM that spins as this one does. */
final class AeronEcho implements Echo {
    private final AeronStreams streams;
    private final EchoMessage message;
    private final int size;
    private final FragmentAssembler assembler;

    AeronEcho(int size, ForkSettings settings) throws IOException {
        this.size = size;
        message = new EchoMessage(size);
        assembler = new FragmentAssembler((buffer, offset, length, header) -> message.answer(buffer, offset, length));
        streams = new AeronStreams(settings);
    }

    @Override
    public boolean roundTrip(long number) {
        message.number(number);
        streams.await(() -> AeronOneWay.accepted(streams.requests().offer(message.bytes(), 0, size)));
        streams.await(() -> {
            streams.replies().poll(assembler, 1);
            return message.isAnswered();
        });
        return message.isAnsweredRight();
    }

    @Override
    public void close() {
        streams.close();
    }
}
