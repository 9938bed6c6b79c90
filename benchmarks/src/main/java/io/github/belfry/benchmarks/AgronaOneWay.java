package io.github.belfry.benchmarks;

import java.io.IOException;
import org.agrona.concurrent.UnsafeBuffer;

/** Agrona's ring in a file in memory, one for each reader. */
final class AgronaOneWay implements OneWay {
    private static final int LOOKS_PER_CHECK = 1 << 16;

    private final Turns<Lane> lanes = new Turns<>();
    private final UnsafeBuffer source;

    AgronaOneWay(Traffic traffic) throws IOException {
        source = new UnsafeBuffer(traffic.source().bytes());
        for (int i = 0; i < traffic.workers(); i++) {
            lanes.add(new Lane(traffic));
        }
    }

    @Override
    public void send(int offset, int size) {
        lanes.next().send(source, offset, size);
    }

    @Override
    public long sum() throws IOException {
        long sum = 0;
        for (Lane lane : lanes) {
            lane.send(source, 0, SumReader.END_BYTES);
            sum += lane.reader.sum();
        }
        return sum;
    }

    @Override
    public void close() throws IOException {
        for (Lane lane : lanes) {
            lane.close();
        }
    }

    private static final class Lane {
        private final AgronaRing ring;
        private final ReaderVm reader;

        Lane(Traffic traffic) throws IOException {
            ring = AgronaRing.make(traffic.ringBytes());
            reader = new ReaderVm(
                    SumReader.class,
                    traffic.settings().cpus(),
                    SumReader.AGRONA,
                    ring.file().getPath(),
                    Integer.toString(traffic.size()));
        }

        void send(UnsafeBuffer source, int offset, int size) {
            for (int looks = 1; !ring.ring().write(AgronaRing.TYPE, source, offset, size); looks++) {
                Thread.onSpinWait();
                if (looks % LOOKS_PER_CHECK == 0) {
                    reader.check();
                }
            }
        }

        void close() throws IOException {
            reader.close();
            ring.close();
        }
    }
}
