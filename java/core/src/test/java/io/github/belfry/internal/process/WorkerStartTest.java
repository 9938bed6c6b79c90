package io.github.belfry.internal.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.belfry.ResourceLimit;
import io.github.belfry.SharedMapping;
import io.github.belfry.Signal;
import io.github.belfry.Stdio;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerProcess;
import io.github.belfry.support.Await;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.OwnCall;
import io.github.belfry.support.ProcFs;
import io.github.belfry.support.TestPrograms;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a worker starts with. */
public class WorkerStartTest {
    /** The keeper does without. */
    private static final String DEATH_SIGNAL = Child.canHavePidfd() ? "0" : "9";

    @TempDir
    Path temp;

    @Test
    void aWorkerIsBornClean() throws Exception {
        Map<String, String> born = TestPrograms.reveal(builder -> builder);
        assertThat(born)
                .containsEntry("arguments", "[" + TestPrograms.path("reveal") + "] [first] [with space]")
                .containsEntry("blocked", "")
                .containsEntry("ignored", ProcFs.ignoredHere(Signal.HUP, Signal.INT))
                .containsEntry("descriptors", "0 1 2")
                .containsEntry("own_group", "0")
                .containsEntry("own_session", "0")
                .containsEntry("death_signal", DEATH_SIGNAL)
                .containsEntry("directory", System.getProperty("user.dir"));
    }

    @Test
    void aWorkerCanLeadASession() throws Exception {
        assertThat(TestPrograms.reveal(builder -> builder.newSession(true)))
                .containsEntry("own_session", "1")
                .containsEntry("own_group", "1");
        assertThat(TestPrograms.reveal(builder -> builder.newSession(true).processGroup(true)))
                .containsEntry("own_session", "1");
    }

    /** And a signal to its group reaches what it has started. */
    @Test
    void aSessionIsAGroupOfItsOwn() throws Exception {
        try (WorkerProcess worker = TestPrograms.started(
                WorkerProcess.command("sh", "-c", "sleep 600 & echo ready; wait").newSession(true), "ready")) {
            worker.signalGroup(Signal.KILL);
            assertThat(worker.waitFor()).isEqualTo(new WorkerExit.Signaled(Signal.KILL, false));
            assertThat(worker.stdout().read()).as("the end of every writer").isEqualTo(-1);
        }
    }

    @Test
    void aWorkerHasAnOomScoreOfItsOwn() throws Exception {
        Path own = Path.of("/proc/self/oom_score_adj");
        String before = Files.readString(own);
        int higher = Math.min(1000, Integer.parseInt(before.strip()) + 7);
        assertThat(TestPrograms.reveal(builder -> builder.oomScoreAdjust(higher)))
                .containsEntry("oom_score_adj", String.valueOf(higher))
                .containsEntry("descriptors", "0 1 2");
        assertThat(TestPrograms.reveal(builder -> builder)).containsEntry("oom_score_adj", before.strip());
        assertThat(Files.readString(own)).isEqualTo(before);
    }

    @Test
    void aProgramThatIsStillOpenForWritingIsWaitedFor() throws Exception {
        Path program = Files.copy(Path.of("/bin/true"), temp.resolve("fresh"));
        OwnCall<WorkerExit> exit;
        try (FileChannel writer = FileChannel.open(program, StandardOpenOption.WRITE)) {
            assertThat(writer.isOpen()).isTrue();
            exit = new OwnCall<>(() -> TestPrograms.exitOf(WorkerProcess.command(program)));
            OwnCall<WorkerExit> starter = exit;
            Await.until(
                    "it pauses again and again", () -> starter.result().isDone() || pauses(starter.thread()) > 1);
            assertThat(exit.result()).isNotDone();
        }
        assertThat(exit.result().get()).isEqualTo(new WorkerExit.Exited(0));
    }

    private static long pauses(Thread thread) {
        ThreadInfo info = ManagementFactory.getThreadMXBean().getThreadInfo(thread.getId());
        return info == null ? 0 : info.getWaitedCount();
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
                        .contains("user=65534 65533", "groups=0", "death_signal=" + DEATH_SIGNAL);
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
    void textIsUtf8InEveryLocale() throws Exception {
        assertThat(OtherVm.run(OtherVm.java(TextMain.class).prepend("env", "LC_ALL=C")))
                .isEqualTo("grüße, 10 €");
    }

    static final class TextMain {
        public static void main(String[] args) throws Exception {
            WorkerProcess.command("sh", "-c", "printf '%s, %s' \"$1\" \"$PRICE\"", "sh", "grüße")
                    .environment("PRICE", "10 €")
                    .start()
                    .waitFor();
        }
    }

    @Test
    void aProgramWithoutASlashIsLookedForInPath() throws Exception {
        assertThat(TestPrograms.exitOf(WorkerProcess.command("true"))).isEqualTo(new WorkerExit.Exited(0));
    }

    @Test
    void aProgramWithASlashIsRelativeToTheDirectory() throws Exception {
        Files.copy(Path.of("/bin/true"), temp.resolve("mine"));
        assertThat(TestPrograms.exitOf(WorkerProcess.command("./mine").directory(temp)))
                .isEqualTo(new WorkerExit.Exited(0));
    }

    @Test
    void aBuilderCanBeUsedAgain() throws Exception {
        WorkerProcess.Builder builder = WorkerProcess.command("true");
        assertThat(TestPrograms.exitOf(builder)).isEqualTo(TestPrograms.exitOf(builder));
    }
}
