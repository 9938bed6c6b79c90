package io.github.belfry.internal.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.belfry.SharedMapping;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerProcess;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.TestPrograms;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ReadOnlyBufferException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.apache.commons.io.RandomAccessFileMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a mapping holds and shares. SharedMappingErrorTest has how it fails, SharedMappingCloseTest how it ends. */
class SharedMappingTest {
    private static final long GIB = 1L << 30;

    @TempDir
    Path temp;

    @Test
    void whatIsWrittenIsInTheFile() throws Exception {
        Path file = temp.resolve("hello.txt");
        byte[] text = "www.vimer.cn".getBytes();
        try (SharedMapping mapping = SharedMapping.create(file, text.length)) {
            mapping.buffer().put(text);
            mapping.flush();
            assertThat(file).hasBinaryContent(text);
            assertThat(mapping.size()).isEqualTo(text.length);
        }
        assertThat(file).hasBinaryContent(text);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void createNewMakesAFileOnce() throws Exception {
        Path file = temp.resolve("new");
        try (SharedMapping mapping = SharedMapping.createNew(file, 10_000)) {
            mapping.buffer().put(9_999, (byte) 'x');
            assertThatThrownBy(() -> SharedMapping.createNew(file, 10)).isInstanceOf(FileAlreadyExistsException.class);
        }
        assertThat(Files.readAllBytes(file)).hasSize(10_000).endsWith('x');
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void anExistingFileKeepsItsContentUpToTheSizeAndItsMode() throws Exception {
        Path file = Files.writeString(temp.resolve("file"), "0123456789");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        try (SharedMapping mapping = SharedMapping.create(file, 5000)) {
            assertThat(mapping.buffer().get(9)).isEqualTo((byte) '9');
            assertThat(mapping.buffer().get(4999)).isZero();
        }
        SharedMapping.create(file, 4).close();
        assertThat(file).hasContent("0123");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-r-----");
    }

    @Test
    void theSpaceOfAFileIsAllocatedAtCreation() throws Exception {
        Path file = temp.resolve("file");
        try (SharedMapping mapping = SharedMapping.create(file, 1 << 20)) {
            assertThat(blocks(file)).isGreaterThanOrEqualTo(2048);
        }
        Path holes = temp.resolve("holes");
        RandomAccessFileMode.READ_WRITE.accept(holes, sparse -> sparse.setLength(1 << 20));
        try (SharedMapping mapping = SharedMapping.open(holes, SharedMapping.Access.READ_WRITE)) {
            assertThat(blocks(holes)).isZero();
            assertThat(mapping.size()).isEqualTo(1 << 20);
        }
    }

    private static long blocks(Path file) throws Exception {
        Process stat = new ProcessBuilder("stat", "-c", "%b", file.toString()).start();
        return Long.parseLong(stat.inputReader().readLine());
    }

    @Test
    void aNameThatIsNoTextIsFoundAgain() throws Exception {
        assertThat(TestPrograms.run("bash", "-c", "printf content >$0/$'b\\xe4h'", temp.toString()))
                .isEqualTo(new WorkerExit.Exited(0));
        try (var files = Files.list(temp)) {
            Path file = files.findFirst().orElseThrow();
            try (SharedMapping mapping = SharedMapping.create(file, 7)) {
                assertThat(mapping.buffer().get(0)).isEqualTo((byte) 'c');
            }
        }
        assertThat(temp.toFile().list()).hasSize(1);
    }

    @Test
    void twoMappingsOfAFileAreTheSameMemory() throws Exception {
        Path file = Files.writeString(temp.resolve("file"), "0123456789");
        try (SharedMapping writer = SharedMapping.open(file, SharedMapping.Access.READ_WRITE);
                SharedMapping reader = SharedMapping.open(file, SharedMapping.Access.READ_ONLY)) {
            ByteBuffer seen = reader.buffer();
            writer.buffer().put(3, (byte) 'X');
            assertThat(seen.get(3)).isEqualTo((byte) 'X');
            assertThat(seen.isReadOnly()).isTrue();
            assertThatThrownBy(() -> seen.put(0, (byte) 1)).isInstanceOf(ReadOnlyBufferException.class);
            assertThat(reader.buffer(2, 3).isReadOnly()).isTrue();
        }
    }

    @Test
    void buffersAreInNativeOrderAndOfTheLengthAskedFor() throws Exception {
        try (SharedMapping mapping = SharedMapping.anonymous("order", 100)) {
            for (ByteBuffer buffer : List.of(mapping.buffer(), mapping.buffer(0, 100))) {
                assertThat(buffer.order()).isEqualTo(ByteOrder.nativeOrder());
                assertThat(buffer.position()).isZero();
                assertThat(buffer.capacity()).isEqualTo(100);
            }
            mapping.buffer().putInt(40, 0x01020304);
            assertThat(mapping.buffer(40, 4).getInt(0)).isEqualTo(0x01020304);
            assertThat(mapping.buffer(100, 0).hasRemaining()).isFalse();
            ByteBuffer moved = mapping.buffer();
            moved.position(50);
            assertThat(mapping.buffer().position()).isZero();
        }
    }

    @Test
    void aMemfdIsSealedAgainstAChangeOfItsSizeAndAgainstExecution() throws Exception {
        try (SharedMapping mapping = SharedMapping.anonymous("sealed", 4096);
                WorkerProcess worker = WorkerProcess.command("sleep", "60")
                        .passMapping(3, mapping)
                        .start()) {
            Path fd = Path.of("/proc/" + worker.pid() + "/fd/3");
            for (String size : List.of("0", "4095", "8192")) {
                assertThat(TestPrograms.run("truncate", "--size=" + size, fd.toString()))
                        .isEqualTo(new WorkerExit.Exited(1));
            }
            assertThat(Files.size(fd)).isEqualTo(4096);
            assertThat(Files.isExecutable(fd)).isFalse();
            assertThat(Files.readSymbolicLink(fd)).hasToString("/memfd:sealed (deleted)");
        }
    }

    @Test
    void aLargeMappingIsReachedByOffset() throws Exception {
        Path file = temp.resolve("large");
        RandomAccessFileMode.READ_WRITE.accept(file, sparse -> sparse.setLength(5 * GIB));
        try (SharedMapping mapping = SharedMapping.open(file, SharedMapping.Access.READ_WRITE)) {
            assertThat(mapping.size()).isEqualTo(5 * GIB);
            assertThatThrownBy(mapping::buffer)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("buffer(offset, length)");
            long[] offsets = {0, GIB - 3, 2 * GIB - 9, 2 * GIB + 5, 4 * GIB, 5 * GIB - 8};
            for (long offset : offsets) {
                mapping.buffer(offset, 8).putLong(0, offset + 1);
            }
            ByteBuffer most = mapping.buffer(3 * GIB - 4, Integer.MAX_VALUE);
            assertThat(most.getLong((int) (GIB + 4))).isEqualTo(4 * GIB + 1);
            mapping.flush(5 * GIB - 8, 8);
            try (SharedMapping other = SharedMapping.open(file, SharedMapping.Access.READ_ONLY)) {
                for (long offset : offsets) {
                    assertThat(other.buffer(offset, 8).getLong(0)).isEqualTo(offset + 1);
                }
            }
        }
    }

    @Test
    void boundsAreChecked() throws Exception {
        try (SharedMapping mapping = SharedMapping.anonymous("bounds", 100)) {
            for (long[] part : new long[][] {{-1, 1}, {0, -1}, {0, 101}, {100, 1}, {101, 0}, {Long.MAX_VALUE, 1}}) {
                assertThatThrownBy(() -> mapping.buffer(part[0], (int) part[1]))
                        .isInstanceOf(IndexOutOfBoundsException.class);
                assertThatThrownBy(() -> mapping.flush(part[0], part[1])).isInstanceOf(IndexOutOfBoundsException.class);
            }
        }
    }

    @Test
    void anyPartCanBeFlushed() throws Exception {
        Path file = temp.resolve("file");
        try (SharedMapping mapping = SharedMapping.create(file, 10_000)) {
            for (int offset = 0; offset < 10_000; offset += 777) {
                mapping.flush(offset, Math.min(1000, 10_000 - offset));
            }
            mapping.flush(10_000, 0);
            mapping.flush();
        }
    }

    @Test
    void accessToATruncatedFileThrowsAndTheVmLives() throws Exception {
        assertThat(OtherVm.run(OtherVm.java(TruncatedMain.class)
                        .argument(temp.resolve("file").toString())))
                .contains("InternalError, alive");
    }

    static final class TruncatedMain {
        public static void main(String[] args) throws IOException {
            Path file = Path.of(args[0]);
            try (SharedMapping mapping = SharedMapping.create(file, 1 << 20)) {
                ByteBuffer buffer = mapping.buffer();
                RandomAccessFileMode.READ_WRITE.accept(file, open -> open.setLength(10));
                String result = "no error";
                try {
                    touch(buffer);
                } catch (InternalError e) {
                    result = "InternalError";
                }
                System.out.println(result + ", alive");
            }
        }

        private static int touch(ByteBuffer buffer) {
            int sum = 0;
            for (int i = 0; i < buffer.capacity(); i++) {
                sum += buffer.get(i);
            }
            return sum;
        }
    }
}
