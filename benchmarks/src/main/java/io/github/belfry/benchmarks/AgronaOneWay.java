package io.github.belfry.benchmarks;

import java.io.File;
import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

/** Agrona's ring in a file in memory, one for each reader. */
final class AgronaOneWay implements OneWay {
    private static final Path MEMORY = Path.of("/dev/shm");
    private static final int TYPE = 1;
    private static final int LOOKS_PER_CHECK = 1 << 16;

    private final List<Lane> lanes = new ArrayList<>();
    private final UnsafeBuffer source;
    private int next;

    AgronaOneWay(Traffic traffic) throws IOException {
        source = new UnsafeBuffer(traffic.source().bytes());
        for (int i = 0; i < traffic.workers(); i++) {
            lanes.add(new Lane(traffic));
        }
    }

    @Override
    public void send(int offset, int size) {
        Lane lane = lanes.get(next);
        next = next + 1 == lanes.size() ? 0 : next + 1;
        lane.send(source, offset, size);
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
        private final File file;
        private final MappedByteBuffer memory;
        private final OneToOneRingBuffer ring;
        private final ReaderVm reader;

        Lane(Traffic traffic) throws IOException {
            Path path = Files.createTempFile(MEMORY, "belfry-benchmark", ".ring");
            Files.delete(path); // mapNewFile wants to make it
            file = path.toFile();
            file.deleteOnExit();
            memory = IoUtil.mapNewFile(file, traffic.ringBytes() + RingBufferDescriptor.TRAILER_LENGTH);
            ring = new OneToOneRingBuffer(new UnsafeBuffer(memory));
            reader = new ReaderVm(traffic, SumReader.AGRONA, file.getPath(), Integer.toString(traffic.size()));
        }

        void send(UnsafeBuffer source, int offset, int size) {
            for (int looks = 1; !ring.write(TYPE, source, offset, size); looks++) {
                Thread.onSpinWait();
                if (looks % LOOKS_PER_CHECK == 0) {
                    reader.check();
                }
            }
        }

        void close() throws IOException {
            reader.close();
            IoUtil.unmap(memory);
            Files.deleteIfExists(file.toPath());
        }
    }
}
