package io.github.belfry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a worker starts with, and that a failed start gives the reason and leaves nothing behind. */
class WorkerStartTest {
    @TempDir
    Path temp;

    @Test
    void aWorkerIsBornClean() throws Exception {
        Map<String, String> born = TestPrograms.reveal(builder -> builder);
        assertThat(born)
                .containsEntry("arguments", "[" + TestPrograms.path("reveal") + "] [first] [with space]")
                .containsEntry("blocked", "")
                .containsEntry("ignored", "")
                .containsEntry("descriptors", "0 1 2")
                .containsEntry("own_group", "0")
                .containsEntry("death_signal", "9")
                .containsEntry("directory", System.getProperty("user.dir"));
    }

    @Test
    void aWorkerGetsWhatTheBuilderSays() throws Exception {
        Map<String, String> born = TestPrograms.reveal(builder -> builder.directory(temp)
                .blockSignals(Signal.USR1)
                .blockSignals(Signal.rt(1))
                .processGroup(true)
                .dieWithParent(false)
                .cpus(0)
                .limit(ResourceLimit.NOFILE, 50, 60)
                .limit(ResourceLimit.CORE, 0, ResourceLimit.UNLIMITED)
                .umask(0027)
                .nice(5));
        assertThat(born)
                .containsEntry("directory", temp.toRealPath().toString())
                .containsEntry("blocked", "10 35")
                .containsEntry("own_group", "1")
                .containsEntry("death_signal", "0")
                .containsEntry("cpus", "0")
                .containsEntry("limit_nofile", "50 60")
                .containsEntry("umask", "27")
                .containsEntry("nice", "5");
    }

    @Test
    void eachResourceLimitSetsTheLimitOfItsName() throws Exception {
        for (ResourceLimit resource : ResourceLimit.values()) {
            // Different for each, below the limits of this user, and enough to run with.
            long value = 100
                    + resource.number
                    + (List.of(ResourceLimit.AS, ResourceLimit.DATA, ResourceLimit.STACK)
                                    .contains(resource)
                            ? 1 << 30
                            : 0);
            Map<String, String> born = TestPrograms.reveal(builder -> builder.limit(resource, value, value));
            assertThat(born.get("limit_" + resource.name().toLowerCase())).isEqualTo(value + " " + value);
        }
    }

    @Test
    void theEnvironmentIsThisVmsWithChanges() throws Exception {
        String home = System.getenv("HOME");
        Map<String, String> born = TestPrograms.reveal(builder ->
                builder.environment("BELFRY_TEST", "gr\u00fc\u00df dich").environment("PATH", null));
        List<String> variables = List.of(born.get("environment").split("\n"));
        assertThat(variables)
                .contains("BELFRY_TEST=gr\u00fc\u00df dich", "HOME=" + home)
                .noneMatch(v -> v.startsWith("PATH="));
        assertThat(TestPrograms.reveal(builder -> builder.environment(Map.of("ONLY", "this")))
                        .get("environment"))
                .isEqualTo("ONLY=this");
        assertThat(TestPrograms.reveal(builder -> builder.environment(Map.of())).containsKey("environment"))
                .isFalse();
    }

    @Test
    void anotherUserHasNoneOfThisUsersGroups() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root may change the user");
        Path copy = Files.copy(
                Path.of(TestPrograms.path("reveal")),
                Path.of("/tmp", "belfry-reveal-" + ProcessHandle.current().pid()));
        try {
            Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("rwxr-xr-x"));
            try (WorkerProcess worker = WorkerProcess.command(copy.toString())
                    .user(65534, 65533)
                    .stdout(Stdio.PIPE)
                    .start()) {
                assertThat(TestPrograms.reader(worker).lines().toList())
                        .contains("user=65534 65533", "groups=0", "death_signal=9");
            }
        } finally {
            Files.delete(copy);
        }
    }

    @Test
    void aMappingIsPassedAsTheDescriptorThatWasAskedFor() throws Exception {
        try (SharedMapping first = SharedMapping.anonymous("first", 4096);
                SharedMapping second = SharedMapping.anonymous("second", 4096)) {
            first.buffer().put("one\n".getBytes());
            second.buffer().put("two\n".getBytes());
            try (WorkerProcess worker = WorkerProcess.command(
                            "sh", "-c", "head -n 1 <&3; head -n 1 <&7; ls /proc/self/fd")
                    .passMapping(7, second)
                    .passMapping(3, first)
                    .stdout(Stdio.PIPE)
                    .start()) {
                assertThat(TestPrograms.reader(worker).lines().toList())
                        .containsExactly("one", "two", "0", "1", "2", "3", "4", "7");
            }
        }
    }

    /** Also at the number that this VM's own descriptor has. */
    @Test
    void aMappingArrivesAtEveryNumber() throws Exception {
        try (SharedMapping mapping = SharedMapping.anonymous("numbers", 1)) {
            for (int fd = 3; fd < 60; fd++) {
                int number = fd;
                assertThat(TestPrograms.reveal(builder -> builder.passMapping(number, mapping)))
                        .containsEntry("descriptors", "0 1 2 " + fd);
            }
        }
    }

    @Test
    void aProgramWithoutASlashIsLookedForInPath() throws Exception {
        assertThat(exitOf(WorkerProcess.command("true"))).isEqualTo(new WorkerExit.Exited(0));
    }

    @Test
    void aProgramWithASlashIsRelativeToTheDirectory() throws Exception {
        Files.copy(Path.of("/bin/true"), temp.resolve("mine"));
        assertThat(exitOf(WorkerProcess.command("./mine").directory(temp))).isEqualTo(new WorkerExit.Exited(0));
    }

    @Test
    void aBuilderCanBeUsedAgain() throws Exception {
        WorkerProcess.Builder builder = WorkerProcess.command("true");
        assertThat(exitOf(builder)).isEqualTo(exitOf(builder));
    }

    private static WorkerExit exitOf(WorkerProcess.Builder builder) throws Exception {
        try (WorkerProcess worker = builder.start()) {
            return worker.waitFor();
        }
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
        exitOf(WorkerProcess.command("true"));
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
        exitOf(WorkerProcess.command("true"));
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
        exitOf(WorkerProcess.command("true"));
        expectFailureEitherWay(WorkerProcess.command("/etc/passwd/x"), "execve", "ENOTDIR", "execve /etc/passwd/x");
        assertThat(exitOf(WorkerProcess.command("true").directory(Path.of("")))).isEqualTo(new WorkerExit.Exited(0));
    }

    @Test
    void aBadDirectoryIsNamed() throws Exception {
        exitOf(WorkerProcess.command("true"));
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
        exitOf(WorkerProcess.command("true"));
        expectFailureEitherWay(WorkerProcess.command("true", "x".repeat(1 << 20)), "execve", "E2BIG", "1 arguments");
        expectFailureEitherWay(
                WorkerProcess.command("true").environment("BIG", "x".repeat(1 << 20)), "execve", "E2BIG", "bytes");
    }

    @Test
    void aLimitThatTheSystemRefusesIsNamed() throws Exception {
        exitOf(WorkerProcess.command("true"));
        expectFailureEitherWay(
                WorkerProcess.command("true").limit(ResourceLimit.CORE, 1, 1).limit(ResourceLimit.FSIZE, 3, 2),
                "setrlimit",
                "EINVAL",
                "setrlimit FSIZE (soft 3, hard 2)");
    }

    @Test
    void aProcessorThatIsNotThereIsNamed() throws Exception {
        exitOf(WorkerProcess.command("true"));
        expectFailureEitherWay(WorkerProcess.command("true").cpus(4000), "sched_setaffinity", "EINVAL", "{4000}");
    }

    @Test
    void aFileThatCannotBeOpenedIsNamed() throws Exception {
        exitOf(WorkerProcess.command("true"));
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
        exitOf(WorkerProcess.command("true"));
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
        assertThatThrownBy(() -> builder.closeGrace(java.time.Duration.ofNanos(-1)))
                .isInstanceOf(IllegalArgumentException.class);
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
            exitOf(WorkerProcess.command("true").stdin(Stdio.PIPE).stdout(Stdio.PIPE));
            List<SharedMapping> hoard = new java.util.ArrayList<>();
            int refused = 0;
            ProcFs.children();
            SharedMapping spare = SharedMapping.open(Path.of("/bin/true"), SharedMapping.Access.READ_ONLY);
            while (true) {
                try {
                    hoard.add(SharedMapping.open(Path.of("/bin/true"), SharedMapping.Access.READ_ONLY));
                } catch (java.io.IOException e) {
                    break;
                }
            }
            long open = -1;
            while (true) {
                try {
                    exitOf(WorkerProcess.command("true")
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
            String[] open = new java.io.File("/proc/self/fd").list();
            return ProcFs.lasting(java.util.Arrays.stream(open).map(Path.of("/proc/self/fd")::resolve))
                    .count();
        }
    }
}
