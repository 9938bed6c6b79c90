package io.github.belfry.benchmarks;

import io.aeron.Aeron;
import io.aeron.FragmentAssembler;
import io.aeron.Subscription;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;

/** The other side of the peers that are written in Java: adds up what it reads, and prints the sum at the end. */
final class SumReader {
    static final String AGRONA = "agrona";
    static final String AERON = "aeron";

    /** What ends it is a message of this size. */
    static final int END_BYTES = 8;

    /** Of Agrona's ring: in one batch, whose space is free after the last of them; no more than a part of the ring. */
    private static final int MOST_MESSAGES = 64;

    private static final int RING_PARTS = 8;

    /** As Aeron's own samples have it. */
    private static final int MOST_FRAGMENTS = 256;

    private static final int LOOKS_PER_YIELD = 100;

    private long sum;
    private boolean ended;

    /** A look for messages: how many there were. */
    private interface Look {
        int look();
    }

    public static void main(String[] arguments) {
        SumReader reader = new SumReader();
        if (arguments[0].equals(AGRONA)) {
            reader.readRing(arguments[1], Integer.parseInt(arguments[2]));
        } else {
            reader.readStream(arguments[1], Integer.parseInt(arguments[2]));
        }
        System.out.println(reader.sum);
    }

    private void readRing(String file, int size) {
        OneToOneRingBuffer ring = AgronaRing.open(file);
        MessageHandler handler = (type, buffer, index, length) -> add(buffer, index, length);
        int most = Math.max(1, Math.min(MOST_MESSAGES, ring.capacity() / RING_PARTS / size));
        until(() -> ring.read(handler, most));
    }

    private void readStream(String directory, int stream) {
        FragmentAssembler assembler =
                new FragmentAssembler((buffer, offset, length, header) -> add(buffer, offset, length));
        try (Aeron aeron = Aeron.connect(new Aeron.Context().aeronDirectoryName(directory));
                Subscription subscription = aeron.addSubscription(AeronOneWay.CHANNEL, stream)) {
            until(() -> subscription.poll(assembler, MOST_FRAGMENTS));
        }
    }

    private void until(Look look) {
        for (int looks = 1; !ended; looks++) {
            if (look.look() == 0) {
                Thread.onSpinWait();
                if (looks % LOOKS_PER_YIELD == 0) {
                    Thread.yield();
                }
            }
        }
    }

    private void add(DirectBuffer buffer, int index, int length) {
        if (length == END_BYTES) {
            ended = true;
            return;
        }
        long more = 0;
        for (int i = 0; i < length; i += Source.STRIDE) {
            more += buffer.getLong(index + i);
        }
        sum += more;
    }
}
