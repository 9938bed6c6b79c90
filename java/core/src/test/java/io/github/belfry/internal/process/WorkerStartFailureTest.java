package io.github.belfry.internal.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.belfry.ResourceLimit;
import io.github.belfry.SharedMapping;
import io.github.belfry.Signal;
import io.github.belfry.Stdio;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerProcess;
import io.github.belfry.WorkerStartException;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.ProcFs;
import io.github.belfry.support.TestPrograms;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A start that fails gives the step and the system's reason, and leaves nothing behind. */
public class WorkerStartFailureTest {
    @TempDir
    Path temp;

    /** The library's own descriptors are open from its first use on. */
    @BeforeAll
    static void useTheLibrary() throws Exception {
        TestPrograms.run("true");
    }

    private void expectFailure(WorkerProcess.Builder builder, String step, String errnoName, String... inMessage)
            throws Exception {
        List<String> before = ProcFs.descriptors();
        List<Long> childrenBefore = ProcFs.children();
        WorkerStartException failure = catchThrowableOfType(WorkerStartException.class, builder::start);
        assertThat(failure).isNotNull();
        assertThat(failure.step()).isEqualTo(step);
        assertThat(failure.errnoName()).isEqualTo(errnoName);
        assertThat(failure.exit()).isEmpty();
        assertThat(failure.stderrTail()).isEmpty();
        assertThat(failure).hasMessageContaining(errnoName).hasMessageContaining("cannot start ");
        assertThat(failure.getMessage()).contains(List.of(inMessage));
        assertThat(ProcFs.descriptors()).isEqualTo(before);
        assertThat(ProcFs.children()).isEqualTo(childrenBefore);
    }

    private void expectFailureEitherWay(
            WorkerProcess.Builder builder, String step, String errnoName, String... inMessage) throws Exception {
        expectFailure(builder.stdin(Stdio.PIPE).stdout(Stdio.PIPE).stderr(Stdio.NULL), step, errnoName, inMessage);
        expectFailure(builder.dieWithParent(false), step, errnoName, inMessage);
    }

    @Test
    void aMissingProgramIsNamed() throws Exception {
        expectFailureEitherWay(
                WorkerProcess.command("/nowhere/program"),
                "execve",
                "ENOENT",
                "/nowhere/program",
                "No such file or directory");
        expectFailureEitherWay(
                WorkerProcess.command("no-such-program"),
                "execve",
                "ENOENT",
                "no-such-program",
                "PATH=" + System.getenv("PATH"));
    }

    @Test
    void aFileThatCannotBeExecutedIsNamed() throws Exception {
        expectFailureEitherWay(WorkerProcess.command("/etc/passwd"), "execve", "EACCES", "execve /etc/passwd");
        expectFailureEitherWay(WorkerProcess.command("/tmp"), "execve", "EACCES", "execve /tmp");
        Path text = Files.writeString(temp.resolve("text"), "no program\n");
        Path script = Files.writeString(temp.resolve("script"), "#!/no/such/interpreter\n");
        for (Path file : List.of(text, script)) {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
        }
        expectFailureEitherWay(WorkerProcess.command(text.toString()), "execve", "ENOEXEC", text.toString());
        expectFailureEitherWay(
                WorkerProcess.command(script.toString()), "execve", "ENOENT", script.toString(), "interpreter");
    }

    @Test
    void theReasonIsTheSystemsOwn() throws Exception {
        expectFailureEitherWay(WorkerProcess.command("/etc/passwd/x"), "execve", "ENOTDIR", "execve /etc/passwd/x");
        assertThat(TestPrograms.exitOf(WorkerProcess.command("true").directory(Path.of(""))))
                .isEqualTo(new WorkerExit.Exited(0));
    }

    @Test
    void aBadDirectoryIsNamed() throws Exception {
        expectFailureEitherWay(
                WorkerProcess.command("true").directory(temp.resolve("none")),
                "chdir",
                "ENOENT",
                "chdir " + temp.resolve("none"));
        expectFailureEitherWay(
                WorkerProcess.command("true").directory(Path.of("/etc/passwd")),
                "chdir",
                "ENOTDIR",
                "chdir /etc/passwd");
    }

    @Test
    void tooLongACommandIsE2big() throws Exception {
        expectFailureEitherWay(WorkerProcess.command("true", "x".repeat(1 << 20)), "execve", "E2BIG", "1 arguments");
        expectFailureEitherWay(
                WorkerProcess.command("true").environment("BIG", "x".repeat(1 << 20)), "execve", "E2BIG", "bytes");
    }

    @Test
    void aLimitThatTheSystemRefusesIsNamed() throws Exception {
        expectFailureEitherWay(
                WorkerProcess.command("true").limit(ResourceLimit.CORE, 1, 1).limit(ResourceLimit.FSIZE, 3, 2),
                "setrlimit",
                "EINVAL",
                "setrlimit FSIZE (soft 3, hard 2)");
    }

    @Test
    void aProcessorThatIsNotThereIsNamed() throws Exception {
        expectFailureEitherWay(WorkerProcess.command("true").cpus(4000), "sched_setaffinity", "EINVAL", "{4000}");
    }

    @Test
    void aFileThatCannotBeOpenedIsNamed() throws Exception {
        expectFailure(
                WorkerProcess.command("true").stdin(Stdio.file(temp.resolve("none"))),
                "open",
                "ENOENT",
                temp.resolve("none").toString());
        expectFailure(
                WorkerProcess.command("true").stdout(Stdio.PIPE).stderr(Stdio.file(temp)),
                "open",
                "EISDIR",
                temp.toString());
    }

    @Test
    void aDescriptorAboveTheLimitIsNamed() throws Exception {
        try (SharedMapping mapping = SharedMapping.anonymous("far", 1)) {
            expectFailureEitherWay(
                    WorkerProcess.command("true").passMapping(1 << 29, mapping),
                    "dup2",
                    "EBADF",
                    "dup2 for descriptor 536870912");
        }
    }

    @Test
    void aClosedMappingCannotBePassed() throws Exception {
        SharedMapping mapping = SharedMapping.anonymous("closed", 1);
        WorkerProcess.Builder builder = WorkerProcess.command("true").passMapping(3, mapping);
        mapping.close();
        assertThatThrownBy(builder::start)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void theBuilderRefusesInvalidArguments() throws Exception {
        assertThatThrownBy(() -> WorkerProcess.command()).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> WorkerProcess.command("")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> WorkerProcess.command("a\0b")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> WorkerProcess.command("a", null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> WorkerProcess.bundled("none"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'none'");
        assertThatThrownBy(() -> WorkerProcess.bundled("../x")).isInstanceOf(IllegalArgumentException.class);
        WorkerProcess.Builder builder = WorkerProcess.command("true");
        assertThatThrownBy(() -> builder.blockSignals(Signal.USR1, Signal.KILL))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.blockSignals(Signal.STOP)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.environment("a=b", "c")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.environment("", "c")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.environment("a", "b\0")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.environment(Map.of("a=", "b"))).isInstanceOf(IllegalArgumentException.class);
        Map<String, String> withNull = new HashMap<>();
        withNull.put("a", null);
        assertThatThrownBy(() -> builder.environment(withNull)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> builder.stdin(Stdio.append(temp))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.stdout(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> builder.cpus()).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.cpus(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.limit(ResourceLimit.AS, -2, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.umask(01000)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.nice(20)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.user(-1, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.closeGrace(Duration.ofNanos(-1))).isInstanceOf(IllegalArgumentException.class);
        try (SharedMapping mapping = SharedMapping.anonymous("m", 1)) {
            assertThatThrownBy(() -> builder.passMapping(2, mapping)).isInstanceOf(IllegalArgumentException.class);
            builder.passMapping(3, mapping);
            assertThatThrownBy(() -> builder.passMapping(3, mapping)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void tooManyDescriptorsAreEmfileAndNothingIsLeft() throws Exception {
        Path shared = temp.resolve("classes");
        assertThat(OtherVm.run(OtherVm.java(EmfileMain.class)
                        .prepend("prlimit", "--nofile=80:80")
                        .argument(shared.toString())))
                .contains("EMFILE everywhere, nothing left");
    }

    /** In a VM of its own: takes all descriptors, then tries to start and gives one back, until it works. */
    static final class EmfileMain {
        public static void main(String[] args) throws Exception {
            TestPrograms.exitOf(WorkerProcess.command("true").stdin(Stdio.PIPE).stdout(Stdio.PIPE));
            List<SharedMapping> hoard = new ArrayList<>();
            int refused = 0;
            ProcFs.children();
            SharedMapping spare = SharedMapping.open(Path.of("/bin/true"), SharedMapping.Access.READ_ONLY);
            while (true) {
                try {
                    hoard.add(SharedMapping.open(Path.of("/bin/true"), SharedMapping.Access.READ_ONLY));
                } catch (IOException e) {
                    break;
                }
            }
            long open = -1;
            while (true) {
                try {
                    TestPrograms.exitOf(WorkerProcess.command("true")
                            .stdin(Stdio.PIPE)
                            .stdout(Stdio.PIPE)
                            .stderr(Stdio.NULL));
                    break;
                } catch (WorkerStartException e) {
                    hoard.remove(hoard.size() - 1).close();
                    // To look into /proc takes a descriptor as well, and the VM may open one for itself at any time.
                    spare.close();
                    long now = descriptors();
                    if (!e.errnoName().equals("EMFILE")
                            || !ProcFs.children().isEmpty()
                            || open >= 0 && now != open - 1) {
                        throw new AssertionError(open + " descriptors became " + now, e);
                    }
                    open = now;
                    refused++;
                    spare = SharedMapping.open(Path.of("/bin/true"), SharedMapping.Access.READ_ONLY);
                }
            }
            spare.close();
            hoard.forEach(SharedMapping::close);
            System.out.println(refused >= 5 ? "EMFILE everywhere, nothing left" : "only " + refused);
        }

        private static long descriptors() {
            String[] open = new File("/proc/self/fd").list();
            return ProcFs.lasting(Arrays.stream(open).map(Path.of("/proc/self/fd")::resolve))
                    .count();
        }
    }
}
