package io.github.belfry.internal.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.belfry.SharedMapping;
import io.github.belfry.support.Await;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.ProcFs;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nothing makes a file smaller than what this VM has mapped of it. MappedFileRaceTest does it all at once. */
class MappedFileSizeTest {
    private static final int LARGE = 1 << 20;
    private static final int SMALL = 4096;

    @TempDir
    Path temp;

    private static void expectRefused(Path file, long size, long mapped) throws Exception {
        long before = Files.size(file);
        List<String> descriptors = ProcFs.descriptors();
        assertThatThrownBy(() -> SharedMapping.create(file, size))
                .isInstanceOf(FileSystemException.class)
                .hasMessage(file + ": cannot be made " + size + " bytes large: this VM has mapped " + mapped
                        + " bytes of it");
        assertThat(Files.size(file)).isEqualTo(before);
        assertThat(ProcFs.descriptorsBeyond(descriptors)).isEmpty();
    }

    private static long crc(ByteBuffer buffer) {
        CRC32 crc = new CRC32();
        crc.update(buffer.duplicate());
        return crc.getValue();
    }

    @Test
    void theVmSurvivesACreateOfLessThanItHasMapped() throws Exception {
        OtherVm vm = OtherVm.java(CreateTwiceMain.class);
        assertThat(OtherVm.run(vm.argument(temp.resolve("file").toString())))
                .contains("refused\ncrc of all\n");
    }

    static final class CreateTwiceMain {
        public static void main(String[] args) throws Exception {
            Path file = Path.of(args[0]);
            try (SharedMapping large = SharedMapping.create(file, LARGE)) {
                ByteBuffer buffer = large.buffer();
                buffer.put(LARGE - 1, (byte) 1);
                long before = crc(buffer);
                try (SharedMapping small = SharedMapping.create(file, SMALL)) {
                    System.out.println("made " + small);
                } catch (FileSystemException e) {
                    System.out.println("refused");
                }
                System.out.println(crc(buffer) == before ? "crc of all" : "crc of something else");
            }
        }
    }

    @Test
    void aMappedFileKeepsWhatIsMapped() throws Exception {
        Path file = temp.resolve("file");
        try (SharedMapping small = SharedMapping.create(file, 100);
                SharedMapping large = SharedMapping.create(file, 200)) {
            expectRefused(file, 100, 200);
            expectRefused(file, 199, 200);
            SharedMapping.create(file, 200).close();
            SharedMapping.create(file, 300).close();
            large.close();
            expectRefused(file, 99, 100);
            SharedMapping.create(file, 100).close();
            assertThat(Files.size(file)).isEqualTo(100);
            assertThat(small.buffer().get(99)).isZero();
        }
        SharedMapping.create(file, 10).close();
        assertThat(Files.size(file)).isEqualTo(10);
    }

    @Test
    void anOpenedFileKeepsAllOfIt() throws Exception {
        Path file = Files.write(temp.resolve("file"), new byte[10_000]);
        for (SharedMapping.Access access : SharedMapping.Access.values()) {
            try (SharedMapping mapping = SharedMapping.open(file, access)) {
                expectRefused(file, SMALL, mapping.size());
            }
        }
    }

    @Test
    void eachNameOfAFileIsThatFile() throws Exception {
        Path file = temp.resolve("file");
        try (SharedMapping mapping = SharedMapping.create(file, LARGE)) {
            Path link = Files.createLink(temp.resolve("hard-link"), file);
            expectRefused(link, SMALL, mapping.size());
            Path directory = Files.createSymbolicLink(temp.resolve("directory"), temp);
            expectRefused(directory.resolve("file"), SMALL, mapping.size());
            Path other = Files.write(temp.resolve("other"), new byte[LARGE]);
            SharedMapping.create(other, SMALL).close();
            assertThat(Files.size(other)).isEqualTo(SMALL);
        }
    }

    @Test
    void aFileThatIsPutInThePlaceOfAMappedOneIsAnother() throws Exception {
        Path file = temp.resolve("file");
        try (SharedMapping mapping = SharedMapping.create(file, LARGE)) {
            Files.delete(file);
            try (SharedMapping other = SharedMapping.create(file, SMALL)) {
                other.buffer().put(0, (byte) 2);
                assertThat(mapping.buffer().get(0)).isZero();
            }
            assertThat(crc(mapping.buffer())).isEqualTo(crc(ByteBuffer.allocate(LARGE)));
        }
    }

    @Test
    void anUnclosedMappingCountsAsLongAsABufferOfIt() throws Exception {
        Path file = temp.resolve("file");
        List<String> before = ProcFs.descriptors();
        ByteBuffer held = SharedMapping.create(file, LARGE).buffer();
        Await.until("the mapping object is collected and its descriptor closed", () -> {
            System.gc();
            return ProcFs.descriptorsBeyond(before).isEmpty();
        });
        expectRefused(file, SMALL, LARGE);
        assertThat(crc(held)).isEqualTo(crc(ByteBuffer.allocate(LARGE)));
        held = null;
        Await.until("the file may be made smaller", () -> {
            System.gc();
            try {
                SharedMapping.create(file, SMALL).close();
                return true;
            } catch (FileSystemException e) {
                return false;
            }
        });
    }

    @Test
    void aBufferOfAClosedMappingIsNotOfTheFile() throws Exception {
        Path file = Files.writeString(temp.resolve("file"), "x".repeat(LARGE));
        SharedMapping mapping = SharedMapping.open(file, SharedMapping.Access.READ_WRITE);
        ByteBuffer held = mapping.buffer();
        mapping.close();
        SharedMapping.create(file, SMALL).close();
        assertThat(file).hasContent("x".repeat(SMALL));
        assertThat(crc(held)).isEqualTo(crc(ByteBuffer.allocate(LARGE)));
    }

    // ---- Calls that another thread's come between

    @Test
    void whatAFailedCallHasAddedGoesUnlessAnotherMappingHasIt() throws Exception {
        Path file = Files.write(temp.resolve("file"), new byte[SMALL]);
        try (SharedFile failing = SharedFile.openOrMake(file)) {
            failing.claimAndAllocate(LARGE);
            assertThat(Files.size(file)).isEqualTo(LARGE);
        }
        assertThat(Files.size(file)).isEqualTo(SMALL);
        SharedFile failing = SharedFile.openOrMake(file);
        failing.claimAndAllocate(LARGE);
        try (SharedMapping mapping = SharedMapping.open(file, SharedMapping.Access.READ_ONLY)) {
            failing.close();
            assertThat(Files.size(file)).isEqualTo(LARGE);
            assertThat(crc(mapping.buffer())).isEqualTo(crc(ByteBuffer.allocate(LARGE)));
        }
    }

    @Test
    void aFileThatAFailedCallHasMadeGoesUnlessAnotherMappingHasIt() throws Exception {
        Path file = temp.resolve("file");
        try (SharedFile failing = SharedFile.make(file)) {
            failing.claimAndAllocate(SMALL);
        }
        assertThat(file).doesNotExist();
        SharedFile failing = SharedFile.make(file);
        failing.claimAndAllocate(SMALL);
        try (SharedMapping mapping = SharedMapping.open(file, SharedMapping.Access.READ_ONLY)) {
            failing.close();
            assertThat(Files.size(file)).isEqualTo(mapping.size());
        }
    }

    @Test
    void whatIsMappedAfterTheFirstLookIsSeenBeforeTheCut() throws Exception {
        Path file = Files.write(temp.resolve("file"), new byte[LARGE]);
        try (SharedFile smaller = SharedFile.openOrMake(file)) {
            smaller.claimAndAllocate(SMALL);
            try (SharedMapping mapping = SharedMapping.open(file, SharedMapping.Access.READ_ONLY)) {
                assertThatThrownBy(smaller::take)
                        .hasMessageContaining("this VM has mapped " + mapping.size() + " bytes");
            }
        }
        assertThat(Files.size(file)).isEqualTo(LARGE);
    }
}
