package io.github.belfry.proofs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.belfry.SharedMapping;
import io.github.belfry.internal.sys.CStrings;
import io.github.belfry.internal.sys.Errno;
import io.github.belfry.internal.sys.Native;
import io.github.belfry.support.Await;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.ProcFs;
import io.github.belfry.support.Proof;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.Adler32;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import org.apache.commons.io.RandomAccessFileMode;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag(Proof.TAG)
class SharedMappingCloseTest {
    @TempDir
    Path temp;

    private static boolean isMapped(String name) throws Exception {
        return ProcFs.maps().stream().anyMatch(line -> line.contains(name));
    }

    @Test
    void theFileAndItsPagesAreGivenBackAtOnce() throws Exception {
        List<String> before = ProcFs.descriptors();
        SharedMapping mapping = SharedMapping.anonymous("given-back", 1 << 20);
        ByteBuffer held = mapping.buffer();
        assertThat(isMapped("given-back")).isTrue();
        mapping.close();
        assertThat(isMapped("given-back")).isFalse();
        assertThat(ProcFs.descriptorsBeyond(before)).isEmpty();
        Reference.reachabilityFence(held);
    }

    @Test
    void aBufferStillHeldReadsZeroesAndItsWritesDoNotReachTheFile() throws Exception {
        Path file = Files.writeString(temp.resolve("file"), "x".repeat(10_000));
        SharedMapping mapping = SharedMapping.open(file, SharedMapping.Access.READ_WRITE);
        ByteBuffer held = mapping.buffer();
        ByteBuffer slice = mapping.buffer(5000, 100);
        mapping.close();
        assertThat(held.get(0)).isZero();
        assertThat(slice.get(99)).isZero();
        held.put(0, (byte) 'y');
        assertThat(held.get(0)).isEqualTo((byte) 'y');
        assertThat(file).hasContent("x".repeat(10_000));
        nativeReaders(held);
    }

    private static void nativeReaders(ByteBuffer buffer) throws Exception {
        CRC32 crc = new CRC32();
        crc.update(buffer.duplicate());
        Adler32 adler = new Adler32();
        adler.update(buffer.duplicate());
        Deflater deflater = new Deflater();
        deflater.setInput(buffer.duplicate());
        deflater.finish();
        deflater.deflate(new byte[1 << 16]);
        deflater.end();
        try (FileChannel sink = FileChannel.open(Path.of("/dev/null"), StandardOpenOption.WRITE)) {
            sink.write(buffer.duplicate());
        }
    }

    @Test
    void afterCloseOnlyTheSizeIsLeft() throws Exception {
        SharedMapping mapping = SharedMapping.anonymous("closed", 100);
        assertThat(mapping.isOpen()).isTrue();
        mapping.close();
        mapping.close();
        assertThat(mapping.isOpen()).isFalse();
        assertThat(mapping.size()).isEqualTo(100);
        assertThatThrownBy(mapping::buffer)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("mapping of closed (100 bytes) is closed");
        assertThatThrownBy(() -> mapping.buffer(0, 1)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(mapping::flush).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> mapping.flush(0, 1)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void anUnclosedMappingLivesAsLongAsABufferOfIt() throws Exception {
        List<String> before = ProcFs.descriptors();
        ByteBuffer slice = SharedMapping.anonymous("forgotten", 4096).buffer(100, 8);
        slice.putLong(0, 42);
        Await.until("the mapping object is collected and its descriptor closed", () -> {
            System.gc();
            return ProcFs.descriptorsBeyond(before).isEmpty();
        });
        assertThat(isMapped("forgotten")).isTrue();
        assertThat(slice.getLong(0)).isEqualTo(42);
        slice = null;
        Await.until("the range is gone with its last buffer", () -> {
            System.gc();
            return !isMapped("forgotten");
        });
    }

    @ParameterizedTest
    @ValueSource(longs = {1 << 20, 5L << 30})
    void theAddressRangeGoesWithTheLastBuffer(long size) throws Exception {
        Path file = temp.resolve("file");
        RandomAccessFileMode.READ_WRITE.accept(file, sparse -> sparse.setLength(size));
        SharedMapping mapping = SharedMapping.open(file, SharedMapping.Access.READ_WRITE);
        String range = ProcFs.maps().stream()
                .filter(line -> line.endsWith(file.toString()))
                .findFirst()
                .orElseThrow();
        long middle = Long.parseUnsignedLong(range.split("-")[0], 16) + size / 2;
        List<ByteBuffer> held = new ArrayList<>(List.of(mapping.buffer(0, 10), mapping.buffer(size - 10, 10)));
        mapping.close();
        assertThat(held).allMatch(buffer -> buffer.get(9) == 0);
        assertThat(ProcFs.mapAt(middle))
                .hasValueSatisfying(line -> assertThat(line).contains("rw-p 00000000 00:00 0"));
        held.clear();
        Await.until("the range is free", () -> {
            System.gc();
            return ProcFs.mapAt(middle).isEmpty();
        });
    }

    @Test
    void tenThousandMappingsLeaveNothingBehind() throws Exception {
        SharedMapping.anonymous("warm-up", 4096).close();
        List<String> descriptors = ProcFs.descriptors();
        int maps = ProcFs.maps().size();
        for (int i = 0; i < 10_000; i++) {
            try (SharedMapping mapping = SharedMapping.anonymous("cycle", 64 << 10)) {
                if (i % 2 == 0) {
                    mapping.buffer().put(0, (byte) 1);
                }
            }
        }
        assertThat(ProcFs.descriptorsBeyond(descriptors)).isEmpty();
        Await.until("what waited for the garbage collector is gone", () -> {
            System.gc();
            return ProcFs.maps().size() < maps + 50;
        });
    }

    /** Each range is an entry in the kernel's table of mappings, which is limited. */
    @Test
    void rangesThatWaitForTheCollectorDoNotUseUpTheTable() throws Exception {
        // So large a young generation that the collector has no reason of its own to run.
        OtherVm vm = OtherVm.java(ManyClosedMain.class)
                .option("-Xms3g")
                .option("-Xmx3g")
                .option("-Xmn2500m")
                .argument(4096 + "")
                .argument(30_000 + "");
        assertThat(OtherVm.run(vm)).contains("30000 mapped");
    }

    /** The same for a limited address space. */
    @Test
    void rangesThatWaitForTheCollectorDoNotUseUpTheAddressSpace() throws Exception {
        OtherVm vm = OtherVm.java(ManyClosedMain.class)
                .prepend("prlimit", "--as=" + (20L << 30))
                .argument((1L << 30) + "")
                .argument(100 + "");
        assertThat(OtherVm.run(vm)).contains("100 mapped");
    }

    /** Because a full collection stops all threads. */
    @Test
    void threadsThatHitTheLimitTogetherCollectOnceForAll() throws Exception {
        List<String> lines = OtherVm.run(OtherVm.java(CollectTogetherMain.class).option("-Xlog:gc"))
                .lines()
                .toList();
        assertThat(lines).contains("16 mapped");
        assertThat(lines).filteredOn(line -> line.contains("(System.gc())")).hasSizeBetween(1, 2);
    }

    static final class CollectTogetherMain {
        public static void main(String[] args) throws Exception {
            List<ByteBuffer> held = new ArrayList<>();
            for (int i = 0; i < 10_000; i++) {
                SharedMapping mapping = SharedMapping.anonymous("held", 4096);
                held.add(mapping.buffer());
                mapping.close();
            }
            List<Callable<SharedMapping>> maps = Collections.nCopies(16, () -> SharedMapping.anonymous("more", 4096));
            List<SharedMapping> mapped = new ArrayList<>();
            for (Future<SharedMapping> mapping :
                    Executors.newFixedThreadPool(maps.size()).invokeAll(maps)) {
                mapped.add(mapping.get());
            }
            System.out.println(mapped.size() + " mapped");
            Reference.reachabilityFence(held);
            System.exit(0);
        }
    }

    static final class ManyClosedMain {
        public static void main(String[] args) throws Exception {
            long size = Long.parseLong(args[0]);
            int many = Integer.parseInt(args[1]);
            Path sparse = Files.createTempFile("closed", "");
            Path other = Path.of("/proc/self/exe").toRealPath();
            int fd = Native.open(CStrings.path(other), Native.O_RDONLY, true, 0);
            try {
                RandomAccessFileMode.READ_WRITE.accept(sparse, file -> file.setLength(size));
                for (int i = 0; i < many; i++) {
                    SharedMapping mapping = SharedMapping.open(sparse, SharedMapping.Access.READ_ONLY);
                    mapping.buffer(0, 10).get(0);
                    mapping.close();
                    // A range that stays, between two of them, keeps the kernel from merging them.
                    if (many > 10_000) {
                        Errno.check(Native.map(fd, 4096, false), "mmap");
                    }
                    if (i % 5_000 == 0) {
                        checkTable();
                    }
                }
            } finally {
                Files.delete(sparse);
            }
            System.out.println(many + " mapped");
        }

        private static void checkTable() throws IOException {
            int ranges = ProcFs.maps().size();
            if (ranges > 50_000) {
                throw new AssertionError(ranges + " ranges");
            }
        }
    }
}
