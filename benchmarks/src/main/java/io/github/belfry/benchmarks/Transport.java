package io.github.belfry.benchmarks;

import java.io.IOException;

/** How messages get to the readers. */
public enum Transport {
    RING(traffic -> new RingOneWay(
            traffic.source(),
            traffic.settings().cPrograms().sumWorker(),
            traffic.workers(),
            traffic.ringBytes(),
            traffic.size(),
            traffic.readersCpus())),
    POOL(PoolOneWay::new),
    AGRONA(AgronaOneWay::new),
    AERON(AeronOneWay::new),
    PIPE(StreamOneWay::pipes),
    SOCKET(StreamOneWay::sockets);

    private final Opener opener;

    Transport(Opener opener) {
        this.opener = opener;
    }

    private interface Opener {
        OneWay open(Traffic traffic) throws IOException;
    }

    /** Whether its sides wait for each other in the kernel. */
    boolean waits() {
        return this == POOL || this == PIPE || this == SOCKET;
    }

    /** Starts the readers. */
    OneWay open(Traffic traffic) throws IOException {
        return opener.open(traffic);
    }
}
