package io.github.belfry.internal.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
        assertThat(ProcFs.descriptorsBeyond(before)).isEmpty();
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
        Path text = program("text", "no program\n");
        expectFailureEitherWay(WorkerProcess.command(text.toString()), "execve", "ENOEXEC", text.toString());
    }

    private Path program(String name, String content) throws Exception {
        Path file = Files.writeString(temp.resolve(name), content, StandardCharsets.ISO_8859_1);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    }

    private void expectMissing(WorkerProcess.Builder builder, Object program, String interpreter) throws Exception {
        expectFailureEitherWay(
                builder,
                "execve",
                "ENOENT",
                "execve " + program,
                "(its interpreter is missing: " + interpreter + ")");
    }

    @Test
    void theMissingInterpreterOfAScriptIsNamed() throws Exception {
        Path script = program("script", "#! /no/such/interpreter -x\n");
        expectMissing(WorkerProcess.command(script), script, "/no/such/interpreter");
        Path dos = program("dos", "#!/bin/sh\r\necho\r\n");
        expectMissing(WorkerProcess.command(dos), dos, "/bin/sh\\r");
        Path second = program("second", "#!" + script + "\n");
        expectMissing(WorkerProcess.command(second), second, "/no/such/interpreter");
        expectMissing(WorkerProcess.command(second).directory(temp), second, "/no/such/interpreter");
        program("relative", "#!bin/interpreter\n");
        expectMissing(WorkerProcess.command("./relative").directory(temp), "./relative", "bin/interpreter");
    }

    @Test
    void theMissingLoaderOfAnElfFileIsNamed() throws Exception {
        String image = Files.readString(Path.of("/bin/true"), StandardCharsets.ISO_8859_1);
        Matcher loader = Pattern.compile("/lib[\\w./-]*/ld-[\\w.-]+(?=\0)").matcher(image);
        assumeTrue(loader.find(), "/bin/true is linked statically");
        String missing = loader.group().replaceFirst("ld-", "no-");
        Path program = program("elf", image.replace(loader.group(), missing));
        expectMissing(WorkerProcess.command(program), program, missing);
        Path damaged = program("damaged", image.replace(loader.group(), missing).substring(0, 70));
        assertThatThrownBy(WorkerProcess.command(damaged)::start).isInstanceOf(WorkerStartException.class);
    }

    @Test
    void whoWritesAProgramForTooLongIsEtxtbsy() throws Exception {
        Path program = Files.copy(Path.of("/bin/true"), temp.resolve("busy"));
        try (FileChannel writer = FileChannel.open(program, StandardOpenOption.WRITE)) {
            assertThat(writer.isOpen()).isTrue();
            expectFailure(WorkerProcess.command(program), "execve", "ETXTBSY", "execve " + program);
        }
    }

    @Test
    void anOomScoreThatTheSystemRefusesIsNamed() throws Exception {
        assumeTrue(!"root".equals(System.getProperty("user.name")), "root may have any");
        expectFailureEitherWay(
                WorkerProcess.command("true").oomScoreAdjust(-1000),
                "write",
                "EACCES",
                "write -1000 to /proc/self/oom_score_adj");
    }

    @Test
    void aLoneSurrogateIsRefusedAndNamed() {
        String lone = "a\ud800b";
        assertThatThrownBy(() -> WorkerProcess.command("true", "x", lone))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("argument 2")
                .hasMessageContaining("'a\\ud800b'");
        assertThatThrownBy(() -> WorkerProcess.command("\udc00")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> WorkerProcess.command(Path.of("/bin/true"), lone))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> WorkerProcess.bundled("echo", lone)).isInstanceOf(IllegalArgumentException.class);
        WorkerProcess.Builder builder = WorkerProcess.command("true", "\ud83d\ude00");
        assertThatThrownBy(() -> builder.environment("NAME", lone))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the environment variable NAME");
        assertThatThrownBy(() -> builder.environment(lone, "x")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.environment(Map.of("NAME", lone)))
                .isInstanceOf(IllegalArgumentException.class);
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
        assertThatThrownBy(() -> builder.oomScoreAdjust(-1001)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.stdin(Stdio.STDOUT)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.stdout(Stdio.STDOUT)).isInstanceOf(IllegalArgumentException.class);
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
            // Its classes lie in files.
            assertThatThrownBy(WorkerProcess.command("/no/such/program")::start).hasMessageContaining("ENOENT");
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
                            || !e.getMessage().endsWith("(RLIMIT_NOFILE is 80)")
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
