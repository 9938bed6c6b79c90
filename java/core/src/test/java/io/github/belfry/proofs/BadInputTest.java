package io.github.belfry.proofs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.github.belfry.SharedMapping;
import io.github.belfry.Stdio;
import io.github.belfry.WorkerPool;
import io.github.belfry.WorkerProcess;
import io.github.belfry.internal.memory.SharedMappingErrorTest;
import io.github.belfry.support.ProcFs;
import io.github.belfry.support.Proof;
import io.github.belfry.support.TestPrograms;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.commons.io.RandomAccessFileMode;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is wrong with a file, a program or a directory: one line that names it and the system's reason, and nothing left
 * behind. {@link SharedMappingErrorTest} has the cases that need another user or a full disk.
 */
@Tag(Proof.TAG)
class BadInputTest {
    private static final long LARGE = (2L << 30) + 1;
    private static final AtomicInteger CASES = new AtomicInteger();

    @TempDir
    Path temp;

    private Path file;
    private Path directory;
    private Path fifo;
    private Path missing;
    private Path loop;
    private Path script;

    @BeforeEach
    void makeFiles() throws Exception {
        file = Files.writeString(temp.resolve("file"), "content");
        directory = Files.createDirectory(temp.resolve("directory"));
        fifo = TestPrograms.makeFifo(temp.resolve("fifo"));
        missing = temp.resolve("missing");
        loop = Files.createSymbolicLink(temp.resolve("loop"), temp.resolve("loop"));
        script = Files.writeString(temp.resolve("script"), "#!/missing/interpreter\n");
        assertThat(script.toFile().setExecutable(true)).isTrue();
    }

    @AfterAll
    static void count() {
        Proof.counted("bad input", "%d cases in the library, each one line with the file and the reason", CASES.get());
    }

    /** An input, and the file and the reason that its error has to name. */
    private record Case(String what, Callable<AutoCloseable> call, Path named, String reason) {
        /** With a limit, because an open of a FIFO without a writer would block for ever. */
        void check() {
            assertTimeoutPreemptively(Duration.ofSeconds(30), this::checkNow);
        }

        private void checkNow() throws Exception {
            List<String> before = ProcFs.descriptors();
            try (AutoCloseable made = call.call()) {
                throw new AssertionError(what + ": no error but " + made);
            } catch (IOException e) {
                assertThat(e.getMessage())
                        .contains(named.toString())
                        .contains(reason)
                        .doesNotContain("\n");
            }
            assertThat(ProcFs.descriptorsBeyond(before)).isEmpty();
            assertThat(ProcFs.children()).isEmpty();
            CASES.incrementAndGet();
        }
    }

    /** After a first start: the descriptors of the library and of the bundled program stay open. */
    private static Stream<DynamicTest> tests(Case... cases) throws Exception {
        WorkerProcess.bundled("echo").stderr(Stdio.NULL).start().close();
        return Stream.of(cases).map(each -> DynamicTest.dynamicTest(each.what, each::check));
    }

    // ---- Files that are mapped

    private static Case create(String what, Path path, String reason) {
        return new Case("create " + what, () -> SharedMapping.create(path, 10), path, reason);
    }

    private static Case open(String what, Path path, String reason) {
        return new Case("open " + what, () -> SharedMapping.open(path, SharedMapping.Access.READ_WRITE), path, reason);
    }

    @TestFactory
    Stream<DynamicTest> mappings() throws Exception {
        Path empty = Files.createFile(temp.resolve("empty"));
        Path link = Files.createSymbolicLink(temp.resolve("link"), file);
        Path dangling = Files.createSymbolicLink(temp.resolve("dangling"), missing);
        Path below = file.resolve("below");
        Path longName = temp.resolve("x".repeat(300));
        return tests(
                create("a directory", directory, "EISDIR, Is a directory"),
                create("a FIFO", fifo, "it is a FIFO"),
                create("a device", Path.of("/dev/null"), "it is a device or socket"),
                create("a symbolic link", link, "it is a symbolic link"),
                create("a dangling link", dangling, "it is a symbolic link"),
                create("a loop of links", loop, "it is a symbolic link"),
                create("in no directory", missing.resolve("below"), "ENOENT, No such file"),
                create("below a file", below, "ENOTDIR, Not a directory"),
                create("too long a name", longName, "ENAMETOOLONG, File name too long"),
                create("on a read-only file system", Path.of("/proc/belfry-test"), "/proc/belfry-test: open: E"),
                new Case("create a new file over one", () -> SharedMapping.createNew(file, 10), file, "EEXIST, File exists"),
                open("a missing file", missing, "ENOENT, No such file"),
                open("an empty file", empty, "it is empty"),
                open("a directory", directory, "EISDIR, Is a directory"),
                open("a FIFO", fifo, "it is a FIFO"),
                new Case(
                        "open a FIFO without a writer",
                        () -> SharedMapping.open(fifo, SharedMapping.Access.READ_ONLY),
                        fifo,
                        "it is a FIFO"),
                open("a device", Path.of("/dev/zero"), "it is a device or socket"),
                open("a dangling link", dangling, "ENOENT, No such file"),
                open("a loop of links", loop, "ELOOP, Too many levels"),
                open("below a file", below, "ENOTDIR, Not a directory"),
                open("too long a name", longName, "ENAMETOOLONG, File name too long"),
                open("a file of the kernel's", Path.of("/proc/self/status"), "it is empty"));
    }

    @Test
    void aFileLargerThanABufferIsMappedAndSaysHowToUseIt() throws Exception {
        Path large = temp.resolve("large");
        RandomAccessFileMode.READ_WRITE.accept(large, sparse -> {
            sparse.seek(LARGE - 1);
            sparse.write(42);
        });
        try (SharedMapping mapping = SharedMapping.open(large, SharedMapping.Access.READ_ONLY)) {
            assertThat(mapping.buffer(LARGE - 1, 1).get(0)).isEqualTo((byte) 42);
            new Case(
                            "a buffer of more than 2 GiB",
                            () -> {
                                try {
                                    mapping.buffer();
                                    return () -> {};
                                } catch (IllegalStateException e) {
                                    throw new IOException(e.getMessage(), e);
                                }
                            },
                            large,
                            "use buffer(offset, length)")
                    .check();
        }
    }

    /** Bytes beyond the cut throw; those before it can be read. */
    @Test
    void aFileThatIsCutWhileItIsReadThrows() throws Exception {
        Path cut = Files.write(temp.resolve("cut"), new byte[16_384]);
        try (SharedMapping mapping = SharedMapping.open(cut, SharedMapping.Access.READ_ONLY)) {
            RandomAccessFileMode.READ_WRITE.accept(cut, open -> open.setLength(4096));
            assertThat(mapping.buffer().get(4095)).isZero();
            assertThat(throwsInternalError(mapping.buffer())).isTrue();
        }
        CASES.incrementAndGet();
    }

    private static boolean throwsInternalError(ByteBuffer buffer) {
        try {
            buffer.get(10_000);
            Thread.yield(); // on JDK 17 it can come some instructions late
            return false;
        } catch (InternalError e) {
            return true;
        }
    }

    // ---- Programs and their files

    private static Case start(String what, WorkerProcess.Builder builder, Path named, String reason) {
        return new Case("start with " + what, builder::start, named, reason);
    }

    private static WorkerProcess.Builder program(Path path) {
        return WorkerProcess.command(path.toString());
    }

    private static WorkerProcess.Builder builder() {
        return WorkerProcess.command("true");
    }

    @TestFactory
    Stream<DynamicTest> programs() throws Exception {
        Path empty = Files.createFile(temp.resolve("empty"));
        assertThat(empty.toFile().setExecutable(true)).isTrue();
        Path large = temp.resolve("large");
        RandomAccessFileMode.READ_WRITE.accept(large, sparse -> sparse.setLength(LARGE + 1));
        assertThat(large.toFile().setExecutable(true)).isTrue();
        Path name = Path.of("no-such-program");
        return tests(
                start("a missing program", program(missing), missing, "ENOENT, No such file"),
                start("a program nowhere in PATH", program(name), name, "and the rest of PATH="),
                start("a directory as program", program(directory), directory, "EACCES, Permission denied"),
                start("a FIFO as program", program(fifo), fifo, "EACCES, Permission denied"),
                start("an empty program", program(empty), empty, "ENOEXEC"),
                start("a program of 2 GiB of zeroes", program(large), large, "ENOEXEC"),
                start("a program that isn't executable", program(file), file, "EACCES, Permission denied"),
                start("a loop of links as program", program(loop), loop, "ELOOP, Too many levels"),
                start("a script without its interpreter", program(script), script, "its interpreter is missing"),
                start("a program below a file", program(file.resolve("x")), file, "ENOTDIR, Not a directory"),
                start("a missing directory", builder().directory(missing), missing, "chdir"),
                start("a file as directory", builder().directory(file), file, "ENOTDIR, Not a directory"),
                start("a loop as directory", builder().directory(loop), loop, "ELOOP, Too many levels"),
                start("a missing input", builder().stdin(Stdio.file(missing)), missing, "ENOENT, No such file"),
                start("a directory as output", builder().stdout(Stdio.file(directory)), directory, "EISDIR"),
                start("a directory as log", builder().stderr(Stdio.append(directory)), directory, "EISDIR"),
                start(
                        "an output in no directory",
                        builder().stdout(Stdio.file(missing.resolve("x"))),
                        missing,
                        "ENOENT"),
                start("a loop as input", builder().stdin(Stdio.file(loop)), loop, "ELOOP, Too many levels"));
    }

    @TestFactory
    Stream<DynamicTest> pools() throws Exception {
        WorkerPool.Builder noProgram = WorkerPool.command(missing.toString());
        WorkerPool.Builder noDirectory = WorkerPool.bundled("echo").process(process -> process.directory(missing));
        WorkerPool.Builder noLog = WorkerPool.bundled("echo").process(process -> process.stdout(Stdio.file(directory)));
        Path noWorker = Path.of("true");
        return tests(
                new Case("a pool of a missing program", noProgram.workers(2)::start, missing, "ENOENT"),
                new Case("a pool in a missing directory", noDirectory.workers(2)::start, missing, "chdir"),
                new Case("a pool whose log is a directory", noLog.workers(2)::start, directory, "EISDIR"),
                new Case(
                        "a pool of a program that is no worker",
                        WorkerPool.command("true").workers(2)::start,
                        noWorker,
                        "it ended before it was ready"));
    }
}
