package io.github.belfry.benchmarks;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.FragmentAssembler;
import io.aeron.Subscription;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;

/** The other side of the round trips through peers that are written in Java: sends back what it reads, until killed. */
final class EchoReader {
    static final String AGRONA = "agrona";
    static final String AERON = "aeron";

    private EchoReader() {}

    public static void main(String[] arguments) {
        if (arguments[0].equals(AGRONA)) {
            echoRing(AgronaRing.open(arguments[1]), AgronaRing.open(arguments[2]));
        } else {
            echoStream(arguments[1], Integer.parseInt(arguments[2]), Integer.parseInt(arguments[3]));
        }
    }

    private static void echoRing(OneToOneRingBuffer requests, OneToOneRingBuffer replies) {
        while (true) {
            int count = requests.read(
                    (type, buffer, index, length) -> {
                        while (!replies.write(type, buffer, index, length)) {
                            Thread.onSpinWait();
                        }
                    },
                    1);
            if (count == 0) {
                Thread.onSpinWait();
            }
        }
    }

    private static void echoStream(String directory, int requests, int replies) {
        try (Aeron aeron = Aeron.connect(new Aeron.Context().aeronDirectoryName(directory));
                Subscription subscription = aeron.addSubscription(AeronOneWay.CHANNEL, requests);
                ExclusivePublication publication = aeron.addExclusivePublication(AeronOneWay.CHANNEL, replies)) {
            FragmentAssembler echo = new FragmentAssembler((buffer, offset, length, header) -> {
                while (!AeronOneWay.accepted(publication.offer(buffer, offset, length))) {
                    Thread.onSpinWait();
                }
            });
            while (true) {
                if (subscription.poll(echo, 1) == 0) {
                    Thread.onSpinWait();
                }
            }
        }
    }
}
