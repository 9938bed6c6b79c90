package io.github.belfry.internal.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.belfry.SharedMapping;
import io.github.belfry.Stdio;
import io.github.belfry.WorkerProcess;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.ProcFs;
import io.github.belfry.support.TestPrograms;
import io.github.belfry.support.TmpFs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.apache.commons.io.FileUtils;
import org.apache.commons.io.file.PathUtils;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each bad input has its own error, which names the file and the system's reason, and leaves nothing behind. */
public class SharedMappingErrorTest {
    @TempDir
    Path temp;

    /** The library's own descriptors are open from its first use on. */
    @BeforeAll
    static void useTheLibrary() throws Exception {
        SharedMapping.anonymous("first", 1).close();
    }

    private static void expectError(ThrowingCallable call, Path file, String reason) throws IOException {
        List<String> before = ProcFs.descriptors();
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        FileSystemException.class,
                        e -> assertThat(e.getFile()).isEqualTo(file.toString()))
                .hasMessageContaining(reason);
        assertThat(ProcFs.descriptorsBeyond(before)).isEmpty();
    }

    private static void expectErrors(Path file, String creating, String reading, String writing) throws IOException {
        expectError(() -> SharedMapping.create(file, 10), file, creating);
        expectError(() -> SharedMapping.open(file, SharedMapping.Access.READ_ONLY), file, reading);
        expectError(() -> SharedMapping.open(file, SharedMapping.Access.READ_WRITE), file, writing);
    }

    @Test
    void aDirectory() throws Exception {
        expectErrors(temp, "EISDIR", "it is a directory, not a regular file", "EISDIR");
    }

    @Test
    void aFifoDoesNotHang() throws Exception {
        Path fifo = TestPrograms.makeFifo(temp.resolve("fifo"));
        String reason = "it is a FIFO, not a regular file";
        expectErrors(fifo, reason, reason, reason);
    }

    @Test
    void aDevice() throws Exception {
        String reason = "it is a device or socket, not a regular file";
        expectErrors(Path.of("/dev/zero"), reason, reason, reason);
    }

    @Test
    void anEmptyFile() throws Exception {
        Path file = Files.createFile(temp.resolve("empty"));
        for (SharedMapping.Access access : SharedMapping.Access.values()) {
            expectError(() -> SharedMapping.open(file, access), file, "it is empty");
        }
    }

    @Test
    void aMissingFile() throws Exception {
        Path file = temp.resolve("missing");
        for (SharedMapping.Access access : SharedMapping.Access.values()) {
            expectMissing(() -> SharedMapping.open(file, access), file);
        }
        Path inNoDirectory = temp.resolve("none/file");
        expectMissing(() -> SharedMapping.create(inNoDirectory, 10), inNoDirectory);
        expectMissing(() -> SharedMapping.createNew(inNoDirectory, 10), inNoDirectory);
    }

    private static void expectMissing(ThrowingCallable call, Path file) {
        assertThatThrownBy(call)
                .isInstanceOf(NoSuchFileException.class)
                .hasMessage(file + ": open: ENOENT, No such file or directory");
    }

    @Test
    void createNewFailsWhereAnythingIs() throws Exception {
        Path file = Files.writeString(temp.resolve("file"), "what was there");
        Path link = Files.createSymbolicLink(temp.resolve("link"), file);
        Path dangling = Files.createSymbolicLink(temp.resolve("dangling"), temp.resolve("nothing"));
        Path directory = Files.createDirectory(temp.resolve("directory"));
        Path fifo = TestPrograms.makeFifo(temp.resolve("fifo"));
        for (Path there : List.of(file, link, dangling, directory, fifo)) {
            assertThatThrownBy(() -> SharedMapping.createNew(there, 10))
                    .isInstanceOf(FileAlreadyExistsException.class)
                    .hasMessage(there + ": open: EEXIST, File exists");
        }
        assertThat(file).hasContent("what was there");
        assertThat(temp.resolve("nothing")).doesNotExist();
    }

    @Test
    void withoutAnAccessThereIsNoMapping() {
        assertThatThrownBy(() -> SharedMapping.open(temp.resolve("file"), null))
                .isInstanceOf(NullPointerException.class);
    }

    @Test
    void aLoopOfSymbolicLinks() throws Exception {
        Path loop = temp.resolve("loop");
        Files.createSymbolicLink(loop, loop);
        expectErrors(loop, "symbolic link", "ELOOP", "ELOOP");
    }

    @Test
    void createRefusesASymbolicLinkAndOpenFollowsIt() throws Exception {
        Path file = Files.writeString(temp.resolve("file"), "content");
        Path link = Files.createSymbolicLink(temp.resolve("link"), file);
        Path dangling = Files.createSymbolicLink(temp.resolve("dangling"), temp.resolve("nothing"));
        expectError(() -> SharedMapping.create(link, 10), link, "it is a symbolic link, which is not followed");
        expectError(() -> SharedMapping.create(dangling, 10), dangling, "it is a symbolic link");
        assertThat(temp.resolve("nothing")).doesNotExist();
        assertThat(file).hasContent("content");
        try (SharedMapping mapping = SharedMapping.open(link, SharedMapping.Access.READ_ONLY)) {
            assertThat(mapping.size()).isEqualTo(7);
        }
    }

    @Test
    void aSizeThatIsNotPositive() {
        for (long size : new long[] {0, -1, Long.MIN_VALUE}) {
            assertThatThrownBy(() -> SharedMapping.create(temp.resolve("file"), size))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("file")
                    .hasMessageContaining(String.valueOf(size));
            assertThatThrownBy(() -> SharedMapping.anonymous("none", size))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(String.valueOf(size));
        }
        assertThat(temp).isEmptyDirectory();
    }

    @Test
    void aFullFileSystem() throws Exception {
        try (TmpFs tmpfs = TmpFs.mount(temp.resolve("small"), "size=1m")) {
            Path mount = tmpfs.path();
            Path file = mount.resolve("file");
            expectError(() -> SharedMapping.create(file, 2 << 20), file, "ENOSPC, No space left on device");
            expectError(() -> SharedMapping.createNew(file, 2 << 20), file, "ENOSPC, No space left on device");
            assertThat(mount).isEmptyDirectory();
            Files.writeString(file, "what was there");
            expectError(() -> SharedMapping.create(file, 2 << 20), file, "(2097152 bytes): ENOSPC");
            assertThat(file).hasContent("what was there");
        }
    }

    @Test
    void moreThanAFileSystemCanHold() throws Exception {
        Path file = temp.resolve("huge");
        assertThatThrownBy(() -> SharedMapping.create(file, Long.MAX_VALUE))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(file.toString());
        assertThat(temp).isEmptyDirectory();
    }

    @Test
    void aMemfdLargerThanTheMemoryIsRefusedBeforeAnythingIsAllocated() throws Exception {
        List<String> before = ProcFs.descriptors();
        assertThatThrownBy(() -> SharedMapping.anonymous("huge", 1L << 42))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("memfd huge (4398046511104 bytes): ENOMEM");
        assertThat(ProcFs.descriptorsBeyond(before)).isEmpty();
    }

    @Test
    void aNameThatIsTooLongForAMemfd() {
        assertThatThrownBy(() -> SharedMapping.anonymous("x".repeat(300), 10))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("EINVAL");
        assertThatThrownBy(() -> SharedMapping.anonymous("nul\0", 10)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void noAddressSpaceIsAnErrorAndTheFileIsUndone() throws Exception {
        Path made = temp.resolve("made");
        Path there = Files.writeString(temp.resolve("there"), "what was there");
        assertThat(OtherVm.run(OtherVm.java(NoAddressSpaceMain.class)
                        .argument(made.toString())
                        .argument(there.toString())))
                .contains("ENOMEM twice");
        assertThat(made).doesNotExist();
        assertThat(there).hasContent("what was there");
    }

    static final class NoAddressSpaceMain {
        public static void main(String[] args) throws Exception {
            long limitKib = ProcFs.virtualKib() + 64 * 1024;
            ProcFs.children();
            Process prlimit = new ProcessBuilder(
                            "prlimit",
                            "--as=" + limitKib * 1024,
                            "--pid=" + ProcessHandle.current().pid())
                    .inheritIO()
                    .start();
            prlimit.waitFor();
            int refused = 0;
            for (String file : args) {
                try {
                    SharedMapping.create(Path.of(file), 256 << 20);
                } catch (IOException e) {
                    refused += e.getMessage().startsWith(file + ": mmap (268435456 bytes): ENOMEM") ? 1 : 0;
                }
            }
            System.out.println(refused == 2 ? "ENOMEM twice" : refused);
        }
    }

    @Test
    void aFileWithoutPermission() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "this user can't become another one");
        Path world = Files.createTempDirectory(Path.of("/tmp"), "belfry-test-");
        try {
            Files.setPosixFilePermissions(world, PosixFilePermissions.fromString("rwxr-xr-x"));
            String classPath = copyClassPath(world);
            Path file = Files.writeString(world.resolve("secret"), "secret");
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
            try (WorkerProcess other = WorkerProcess.command(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "--enable-native-access=ALL-UNNAMED",
                            "-cp",
                            classPath,
                            NoPermissionMain.class.getName(),
                            file.toString())
                    .user(65534, 65534)
                    .directory(world)
                    .stdout(Stdio.PIPE)
                    .start()) {
                assertThat(TestPrograms.reader(other).lines().toList())
                        .hasSize(5)
                        .allMatch(line -> line.matches("java.nio.file.AccessDeniedException: .*/(secret|new): open: "
                                + "EACCES, Permission denied"));
            }
        } finally {
            PathUtils.deleteDirectory(world);
        }
    }

    /** The other user can't read what lies under this one's home. */
    private static String copyClassPath(Path directory) throws Exception {
        StringBuilder classPath = new StringBuilder();
        for (Class<?> type : List.of(SharedMapping.class, NoPermissionMain.class, PathUtils.class)) {
            Path source = Path.of(
                    type.getProtectionDomain().getCodeSource().getLocation().toURI());
            Path target = directory.resolve(type.getSimpleName());
            if (Files.isDirectory(source, LinkOption.NOFOLLOW_LINKS)) {
                PathUtils.copyDirectory(source, target);
            } else {
                Files.copy(source, target);
            }
            classPath.append(target).append(':');
        }
        return classPath.toString();
    }

    static final class NoPermissionMain {
        public static void main(String[] args) {
            Path file = Path.of(args[0]);
            print(() -> SharedMapping.open(file, SharedMapping.Access.READ_ONLY));
            print(() -> SharedMapping.open(file, SharedMapping.Access.READ_WRITE));
            print(() -> SharedMapping.create(file, 10));
            print(() -> SharedMapping.create(file.resolveSibling("new"), 10));
            print(() -> SharedMapping.createNew(file.resolveSibling("new"), 10));
        }

        private static void print(java.util.concurrent.Callable<SharedMapping> call) {
            try (SharedMapping mapping = call.call()) {
                System.out.println("mapped " + mapping);
            } catch (Exception e) {
                System.out.println(e);
            }
        }
    }

    @Test
    void memoryThatIsLeftIsTheLeastThatTheMachineAndEachGroupLeave() throws Exception {
        assertThat(AvailableMemory.ofMachine("MemTotal: 9 kB\nMemAvailable:    1000 kB\nSwapFree:  24 kB\n"))
                .isEqualTo(1024 * 1024);
        assertThat(AvailableMemory.ofMachine("")).isEqualTo(Long.MAX_VALUE);
        write("outer/memory.max", "1000\n");
        write("outer/memory.current", "900\n");
        write("outer/memory.stat", "anon 5\ninactive_file 50\n");
        write("outer/inner/memory.max", "max\n");
        write("outer/inner/memory.current", "900\n");
        assertThat(AvailableMemory.ofGroups(temp, "0::/outer/inner\n")).isEqualTo(150);
        assertThat(AvailableMemory.ofGroups(temp, "0::/\n")).isEqualTo(Long.MAX_VALUE);
        Files.createDirectories(temp.resolve("memory/a/b"));
        write("memory/a/memory.limit_in_bytes", "2000\n");
        write("memory/a/memory.usage_in_bytes", "1900\n");
        write("memory/a/memory.stat", "inactive_file 1\ntotal_inactive_file 60\n");
        assertThat(AvailableMemory.ofGroups(temp, "4:cpu,memory:/a/b\n3:pids:/x\n0::/\n"))
                .isEqualTo(160);
        assertThat(AvailableMemory.bytes()).isPositive().isLessThan(Long.MAX_VALUE);
    }

    private void write(String file, String text) throws IOException {
        FileUtils.writeStringToFile(temp.resolve(file).toFile(), text, StandardCharsets.US_ASCII);
    }
}
