package io.github.belfry.ffm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.belfry.SharedMapping;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.apache.commons.io.RandomAccessFileMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a segment shows, how long, and what it does when its mapping is closed. */
class SharedSegmentsTest {
    private static final long GIB = 1L << 30;
    private static final long AWAIT_NANOS = 30_000_000_000L;

    @TempDir
    Path temp = Path.of("");

    private static long longAt(MemorySegment segment, long offset) {
        return segment.get(ValueLayout.JAVA_LONG_UNALIGNED, offset);
    }

    private static void setLong(MemorySegment segment, long offset, long value) {
        segment.set(ValueLayout.JAVA_LONG_UNALIGNED, offset, value);
    }

    private static boolean isMapped(String name) throws IOException {
        return Files.readAllLines(Path.of("/proc/self/maps")).stream().anyMatch(line -> line.contains(name));
    }

    private static void awaitCollected(Callable<Boolean> condition) throws Exception {
        long start = System.nanoTime();
        while (!condition.call()) {
            assertThat(System.nanoTime() - start).as("nanoseconds").isLessThan(AWAIT_NANOS);
            System.gc();
            LockSupport.parkNanos(1_000_000);
        }
    }

    @Test
    void aSegmentIsTheSameMemoryAsTheBuffers() throws Exception {
        try (SharedMapping mapping = SharedMapping.anonymous("same", 5000)) {
            MemorySegment segment = SharedSegments.of(mapping);
            assertThat(segment.byteSize()).isEqualTo(5000);
            setLong(segment, 4992, 42);
            assertThat(mapping.buffer(4992, 8).getLong(0)).isEqualTo(42);
            assertThat(longAt(SharedSegments.of(mapping), 4992)).isEqualTo(42);
            assertThatThrownBy(() -> longAt(segment, 4993)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void aSegmentHasMoreThanTwoGib() throws Exception {
        Path file = temp.resolve("large");
        RandomAccessFileMode.READ_WRITE.accept(file, sparse -> sparse.setLength(3 * GIB));
        long[] offsets = {0, GIB, 2 * GIB - 4, 2 * GIB + 4096, 3 * GIB - 8};
        try (SharedMapping mapping = SharedMapping.open(file, SharedMapping.Access.READ_WRITE);
                SharedMapping other = SharedMapping.open(file, SharedMapping.Access.READ_ONLY)) {
            MemorySegment segment = SharedSegments.of(mapping);
            MemorySegment seen = SharedSegments.of(other);
            assertThat(segment.byteSize()).isEqualTo(3 * GIB);
            for (long offset : offsets) {
                setLong(segment, offset, offset + 1);
                assertThat(longAt(seen, offset)).isEqualTo(offset + 1);
            }
            mapping.close();
            for (long offset : offsets) {
                assertThat(longAt(segment, offset)).isZero();
                setLong(segment, offset, 7);
                assertThat(longAt(seen, offset)).isEqualTo(offset + 1);
            }
        }
    }

    @Test
    void aSegmentOfAReadOnlyMappingIsReadOnly() throws Exception {
        Path file = Files.writeString(temp.resolve("file"), "content");
        try (SharedMapping mapping = SharedMapping.open(file, SharedMapping.Access.READ_ONLY)) {
            MemorySegment segment = SharedSegments.of(mapping);
            assertThat(segment.isReadOnly()).isTrue();
            assertThat(segment.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 'c');
            assertThatThrownBy(() -> segment.set(ValueLayout.JAVA_BYTE, 0, (byte) 1))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void afterCloseThereIsNoNewSegmentAndAnOlderOneReadsZeroes() throws Exception {
        Path file = Files.writeString(temp.resolve("file"), "x".repeat(10_000));
        SharedMapping mapping = SharedMapping.open(file, SharedMapping.Access.READ_WRITE);
        MemorySegment segment = SharedSegments.of(mapping);
        MemorySegment slice = segment.asSlice(5000);
        mapping.close();
        assertThatThrownBy(() -> SharedSegments.of(mapping))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("mapping of " + file + " (10000 bytes) is closed");
        assertThat(segment.toArray(ValueLayout.JAVA_BYTE)).containsOnly(0).hasSize(10_000);
        slice.set(ValueLayout.JAVA_BYTE, 0, (byte) 'y');
        assertThat(segment.get(ValueLayout.JAVA_BYTE, 5000)).isEqualTo((byte) 'y');
        new CRC32().update(slice.asByteBuffer());
        assertThat(file).hasContent("x".repeat(10_000));
    }

    @Test
    void aSegmentKeepsTheMemoryOfAMappingThatIsNotClosed() throws Exception {
        String name = "kept-by-a-segment";
        ByteBuffer last = SharedSegments.of(SharedMapping.anonymous(name, 4096)).asByteBuffer();
        last.putLong(0, 42);
        awaitCollected(() -> openFiles().noneMatch(target -> target.contains(name)));
        assertThat(isMapped(name)).isTrue();
        assertThat(last.getLong(0)).isEqualTo(42);
        last = ByteBuffer.allocate(0);
        awaitCollected(() -> !isMapped(name));
    }

    private static Stream<String> openFiles() throws IOException {
        try (Stream<Path> links = Files.list(Path.of("/proc/self/fd"))) {
            return links.map(SharedSegmentsTest::target).toList().stream();
        }
    }

    private static String target(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (IOException closed) {
            return "";
        }
    }

    /** Each segment that any thread ever got is used by all, also when its mapping is closed. */
    @Test
    void eightThreadsMayRaceWithClose() throws Exception {
        int threads = 8;
        int turns = 20_000;
        AtomicReference<SharedMapping> current = new AtomicReference<>(SharedMapping.anonymous("raced", 64 << 10));
        AtomicReferenceArray<MemorySegment> segments = new AtomicReferenceArray<>(32);
        List<Future<?>> users = new ArrayList<>();
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            for (int i = 0; i < threads; i++) {
                users.add(executor.submit(() -> {
                    for (int turn = 0; turn < turns; turn++) {
                        useOnce(current.get(), segments);
                    }
                }));
            }
            while (!users.stream().allMatch(Future::isDone)) {
                current.getAndSet(SharedMapping.anonymous("raced", 64 << 10)).close();
            }
            for (Future<?> user : users) {
                user.get();
            }
        }
        current.get().close();
        assertThatThrownBy(() -> SharedSegments.of(current.get())).isInstanceOf(IllegalStateException.class);
    }

    private static void useOnce(SharedMapping mapping, AtomicReferenceArray<MemorySegment> segments) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        try {
            segments.set(random.nextInt(segments.length()), SharedSegments.of(mapping));
        } catch (IllegalStateException closed) {
            assertThat(mapping.isOpen()).isFalse();
        }
        MemorySegment any = segments.get(random.nextInt(segments.length()));
        if (any != null) {
            long offset = random.nextLong(any.byteSize() - 512);
            setLong(any, offset, 1);
            any.asSlice(offset, 512).fill((byte) 2);
            new CRC32().update(any.asSlice(offset, 512).asByteBuffer());
        }
    }
}
