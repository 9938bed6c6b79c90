package io.github.belfry.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;

/** The latencies of one fork, in nanoseconds: recorded there, written to a file, and read by the command. */
final class Latencies {
    private static final long LONGEST_NANOS = TimeUnit.MINUTES.toNanos(10);
    private static final int DIGITS = 3;

    private Latencies() {}

    static Histogram empty() {
        return new Histogram(LONGEST_NANOS, DIGITS);
    }

    static void write(Histogram latencies, Path file) {
        ByteBuffer bytes = ByteBuffer.allocate(latencies.getNeededByteBufferCapacity());
        int length = latencies.encodeIntoCompressedByteBuffer(bytes);
        try {
            Files.write(file, Arrays.copyOf(bytes.array(), length));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Histogram read(Path file) throws IOException {
        try {
            return Histogram.decodeFromCompressedByteBuffer(ByteBuffer.wrap(Files.readAllBytes(file)), LONGEST_NANOS);
        } catch (DataFormatException e) {
            throw new IOException(file + " isn't a histogram", e);
        }
    }
}
