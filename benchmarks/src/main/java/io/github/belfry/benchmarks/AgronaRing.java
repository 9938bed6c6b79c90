package io.github.belfry.benchmarks;

import java.io.File;
import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

/** Agrona's ring in a file in memory, made here and opened by its other side. */
record AgronaRing(File file, MappedByteBuffer memory, OneToOneRingBuffer ring) {
    static final int TYPE = 1;

    private static final Path MEMORY = Path.of("/dev/shm");

    static AgronaRing make(int bytes) throws IOException {
        Path path = Files.createTempFile(MEMORY, "belfry-benchmark", ".ring");
        Files.delete(path); // mapNewFile wants to make it
        File file = path.toFile();
        file.deleteOnExit();
        MappedByteBuffer memory = IoUtil.mapNewFile(file, bytes + RingBufferDescriptor.TRAILER_LENGTH);
        return new AgronaRing(file, memory, new OneToOneRingBuffer(new UnsafeBuffer(memory)));
    }

    static OneToOneRingBuffer open(String file) {
        return new OneToOneRingBuffer(new UnsafeBuffer(IoUtil.mapExistingFile(new File(file), "the ring")));
    }

    /** The ring may not be used after this. */
    void close() throws IOException {
        IoUtil.unmap(memory);
        Files.deleteIfExists(file.toPath());
    }
}
