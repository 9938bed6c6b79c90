package io.github.belfry.benchmarks;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
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
        try {
            Files.write(file, encode(latencies));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] encode(Histogram latencies) {
        ByteBuffer bytes = ByteBuffer.allocate(latencies.getNeededByteBufferCapacity());
        int length = latencies.encodeIntoCompressedByteBuffer(bytes);
        return Arrays.copyOf(bytes.array(), length);
    }

    static Histogram read(Path file) throws IOException {
        return decode(Files.readAllBytes(file), file);
    }

    static Histogram decode(byte[] bytes) throws DataFormatException {
        return Histogram.decodeFromCompressedByteBuffer(ByteBuffer.wrap(bytes), LONGEST_NANOS);
    }

    private static Histogram decode(byte[] bytes, Path file) throws IOException {
        try {
            return decode(bytes);
        } catch (DataFormatException e) {
            throw new IOException(file + " isn't a histogram", e);
        }
    }

    /** Those of several rows, by name. */
    static void writeAll(Map<String, Histogram> rows, Path file) {
        try (DataOutputStream out = new DataOutputStream(Files.newOutputStream(file))) {
            out.writeInt(rows.size());
            for (Map.Entry<String, Histogram> row : rows.entrySet()) {
                byte[] bytes = encode(row.getValue());
                out.writeUTF(row.getKey());
                out.writeInt(bytes.length);
                out.write(bytes);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Map<String, Histogram> readAll(Path file) throws IOException {
        Map<String, Histogram> rows = new HashMap<>();
        try (DataInputStream in = new DataInputStream(Files.newInputStream(file))) {
            for (int left = in.readInt(); left > 0; left--) {
                String name = in.readUTF();
                rows.put(name, decode(in.readNBytes(in.readInt()), file));
            }
        } catch (EOFException e) {
            throw new IOException(file + " isn't whole", e);
        }
        return rows;
    }
}
