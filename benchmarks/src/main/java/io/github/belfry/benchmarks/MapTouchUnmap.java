package io.github.belfry.benchmarks;

import io.github.belfry.SharedMapping;
import java.io.Closeable;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * Makes or opens shared memory, maps it, writes into each page, and gives all back: one size after the other. Timed but
 * for the look, in between, whether each page took what was written. {@code bench_map.c} does the same from C.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
public class MapTouchUnmap {
    private static final int PAGE_BYTES = 4096;

    /** Of what a full run measures. */
    @Param("100")
    public int percent;

    /** Where the files are, named by their sizes. */
    @Param("")
    public String directory;

    @Setup(Level.Trial)
    public void pin() throws IOException {
        ForkSettings.ofThisFork().cpus().pinThisThread();
    }

    private interface Mapped extends Closeable {
        ByteBuffer buffer() throws IOException;
    }

    private interface Source {
        Mapped map(int bytes) throws IOException;
    }

    private record Ours(SharedMapping mapping) implements Mapped {
        @Override
        public ByteBuffer buffer() {
            return mapping.buffer();
        }

        @Override
        public void close() {
            mapping.close();
        }
    }

    /** A mapping that the collector would unmap some day: here at once, as an impatient program does it. */
    private record OfChannel(FileChannel channel, ByteBuffer buffer) implements Mapped {
        @Override
        public void close() throws IOException {
            try {
                InvokeCleaner.METHOD.invoke(InvokeCleaner.UNSAFE, buffer);
            } catch (ReflectiveOperationException e) {
                throw new IOException(e);
            }
            channel.close();
        }
    }

    /** sun.misc.Unsafe, whose name javac warns of. */
    private static final class InvokeCleaner {
        static final Object UNSAFE;
        static final Method METHOD;

        static {
            try {
                Class<?> unsafe = Class.forName("sun.misc.Unsafe");
                Field instance = unsafe.getDeclaredField("theUnsafe");
                instance.setAccessible(true);
                UNSAFE = instance.get(null);
                METHOD = unsafe.getMethod("invokeCleaner", ByteBuffer.class);
            } catch (ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        }
    }

    @Benchmark
    public void anonymous(Rows rows) throws IOException {
        allSizes(rows, bytes -> new Ours(SharedMapping.anonymous("bench", bytes)));
    }

    @Benchmark
    public void open(Rows rows) throws IOException {
        allSizes(rows, bytes -> new Ours(SharedMapping.open(file(bytes), SharedMapping.Access.READ_WRITE)));
    }

    @Benchmark
    public void fileChannel(Rows rows) throws IOException {
        allSizes(rows, bytes -> {
            FileChannel channel = FileChannel.open(file(bytes), StandardOpenOption.READ, StandardOpenOption.WRITE);
            return new OfChannel(channel, channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes));
        });
    }

    private Path file(int bytes) {
        return Path.of(directory, Integer.toString(bytes));
    }

    private void allSizes(Rows rows, Source source) throws IOException {
        Effort effort = new Effort(1, percent);
        for (MappingSuite.Size size : MappingSuite.SIZES) {
            for (int i = size.warmUp(effort); i > 0; i--) {
                mapTouchUnmap(source, size.bytes(), (byte) i);
            }
            for (int i = size.measured(effort); i > 0; i--) {
                rows.record(size.title(), mapTouchUnmap(source, size.bytes(), (byte) i));
            }
        }
    }

    /** The nanoseconds without the check. */
    private static long mapTouchUnmap(Source source, int bytes, byte value) throws IOException {
        long startNanos = System.nanoTime();
        Mapped mapped = source.map(bytes);
        ByteBuffer buffer = mapped.buffer();
        for (int i = 0; i < bytes; i += PAGE_BYTES) {
            buffer.put(i, value);
        }
        long touchedNanos = System.nanoTime();
        check(buffer, value);

        long unmapNanos = System.nanoTime();
        mapped.close();
        return System.nanoTime() - unmapNanos + touchedNanos - startNanos;
    }

    private static void check(ByteBuffer buffer, byte value) {
        for (int i = 0; i < buffer.capacity(); i += PAGE_BYTES) {
            if (buffer.get(i) != value) {
                throw new IllegalStateException("a page has lost what was written");
            }
        }
    }
}
