package io.github.belfry.internal.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.belfry.Inside;
import io.github.belfry.Signal;
import io.github.belfry.Stdio;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerProcess;
import io.github.belfry.support.Await;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.ProcFs;
import io.github.belfry.support.TestPrograms;
import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A leader and its group, which may outlive it. */
public class WorkerGroupTest {
    /** Prints its pid, then what it gets. */
    private static final String MEMBER =
            "(trap 'echo usr1' USR1; trap 'echo term; exit' TERM; echo $(exec sh -c 'echo $PPID');"
                    + " while :; do sleep 0.01; done)";

    private static final String DEAF_MEMBER =
            "(trap '' TERM; echo $(exec sh -c 'echo $PPID'); while :; do sleep 0.01; done)";

    private static WorkerProcess.Builder leader(String script) {
        return WorkerProcess.command("sh", "-c", script)
                .processGroup(true)
                .stdout(Stdio.PIPE)
                .stderr(Stdio.NULL);
    }

    private static void awaitReaped(WorkerProcess worker) throws Exception {
        Await.until("it is reaped", () -> ProcFs.state(worker.pid()).isEmpty());
    }

    @Test
    void aLeadersEndIsToldAtOnceAndItsGroupCanBeSignalled() throws Exception {
        WorkerProcess worker = leader(MEMBER + " & exit 3").start();
        BufferedReader reader = TestPrograms.reader(worker);
        long member = Long.parseLong(reader.readLine());
        assertThat(worker.waitFor()).isEqualTo(new WorkerExit.Exited(3));
        assertThat(worker.isAlive()).isFalse();
        assertThat(worker.onExit().get()).isEqualTo(new WorkerExit.Exited(3));
        assertThat(ProcFs.isRunning(member)).isTrue();
        assertThat(ProcFs.state(worker.pid())).as("its number is taken").contains('Z');

        worker.signalGroup(Signal.USR1);
        assertThat(reader.readLine()).isEqualTo("usr1");
        assertThatThrownBy(() -> worker.signal(Signal.USR1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("has ended: Exited[code=3]");
        assertThatThrownBy(worker::toHandle).isInstanceOf(IllegalStateException.class);

        worker.signalGroup(Signal.KILL);
        awaitReaped(worker);
        assertThatThrownBy(() -> worker.signalGroup(Signal.USR1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("has ended: Exited[code=3]");
        worker.close();
    }

    @Test
    void closeEndsAGroupWhoseLeaderHasEnded(@TempDir Path temp) throws Exception {
        Path out = temp.resolve("out");
        WorkerProcess worker =
                leader(MEMBER + " & exit 3").stdout(Stdio.file(out)).start();
        worker.waitFor();
        Await.until("the member is ready", () -> Files.size(out) > 0);
        worker.close();
        assertThat(Files.readAllLines(out)).hasSize(2).endsWith("term");
        assertThat(ProcFs.state(worker.pid())).isEmpty();
    }

    @Test
    void afterTheGraceItIsKilled() throws Exception {
        WorkerProcess worker =
                leader(DEAF_MEMBER + " & exit 3").closeGrace(Duration.ofMillis(50)).start();
        long member = Long.parseLong(TestPrograms.reader(worker).readLine());
        worker.waitFor();
        assertThat(ProcFs.isRunning(member)).isTrue();
        worker.close();
        assertThat(ProcFs.state(worker.pid())).isEmpty();
        Await.until("the member is gone", () -> !ProcFs.isRunning(member));
    }

    /** A leader that dies of TERM at once takes no time from its group. */
    @Test
    void theGroupHasTheGraceAfterItsLeader(@TempDir Path temp) throws Exception {
        Path out = temp.resolve("out");
        String slow = "(trap 'sleep 0.2; echo done; exit' TERM; echo ready; while :; do sleep 0.01; done)";
        WorkerProcess worker = leader(slow + " & wait")
                .stdout(Stdio.file(out))
                .closeGrace(Duration.ofMinutes(1))
                .start();
        Await.until("the member is ready", () -> Files.size(out) > 0);
        worker.close();
        assertThat(worker.waitFor()).isEqualTo(new WorkerExit.Signaled(Signal.TERM, false));
        assertThat(Files.readAllLines(out)).containsExactly("ready", "done");
    }

    @Test
    void aDeafGroupOfALivingLeaderIsKilled() throws Exception {
        WorkerProcess worker =
                leader(DEAF_MEMBER + " & wait").closeGrace(Duration.ofMillis(50)).start();
        long member = Long.parseLong(TestPrograms.reader(worker).readLine());
        worker.close();
        assertThat(worker.waitFor()).isEqualTo(new WorkerExit.Signaled(Signal.TERM, false));
        Await.until("the member is gone", () -> !ProcFs.isRunning(member));
    }

    /** As it is where each process is watched by a thread of its own, for want of pidfds. */
    @Test
    void aLeaderThatIsAddedDuringALookIsNotJudgedByIt() throws Exception {
        List<WorkerProcess> added = new ArrayList<>();
        LeaderlessGroups groups = new LeaderlessGroups();
        try (WorkerProcess alone = leader("exit 3").start()) {
            alone.waitFor();
            for (int i = 0; i < 8; i++) {
                WorkerProcess worker = leader(DEAF_MEMBER + " & exit 3").start();
                added.add(worker);
                TestPrograms.reader(worker).readLine();
                worker.waitFor();
            }
            groups.add(Inside.of(alone));
            groups.reapEmpty(0, () -> {});
            groups.reapEmpty(Long.MAX_VALUE / 2, () -> added.forEach(worker -> groups.add(Inside.of(worker))));
            assertThat(added).allSatisfy(worker -> assertThat(ProcFs.state(worker.pid())).contains('Z'));
        } finally {
            added.forEach(worker -> worker.signalGroup(Signal.KILL));
            added.forEach(WorkerProcess::close);
        }
    }

    @Test
    void aLeaderIsReapedWhenItsGroupIsEmpty() throws Exception {
        WorkerProcess worker = leader(MEMBER + " & exit 3").start();
        long member = Long.parseLong(TestPrograms.reader(worker).readLine());
        worker.waitFor();
        assertThat(ProcFs.state(worker.pid())).contains('Z');
        ProcessHandle.of(member).orElseThrow().destroyForcibly();
        awaitReaped(worker);
    }

    @Test
    void aLeaderWithoutAGroupIsReapedAtOnce() throws Exception {
        for (int i = 0; i < 50; i++) {
            WorkerProcess worker = leader("true; true").start();
            worker.waitFor();
            assertThat(ProcFs.state(worker.pid())).isEmpty();
            assertThatThrownBy(() -> worker.signalGroup(Signal.USR1)).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void anEndedLeaderHoldsNoDescriptor() throws Exception {
        TestPrograms.run("true");
        List<String> before = ProcFs.descriptors();
        WorkerProcess worker = leader("sleep 600 >/dev/null 2>&1 & exit 0")
                .stdin(Stdio.PIPE)
                .stdout(Stdio.PIPE)
                .stderr(Stdio.PIPE)
                .start();
        worker.waitFor();
        // The member may still be about to let go of the pipes.
        Await.until("it holds none", () -> ProcFs.descriptorsBeyond(before).isEmpty());
        worker.signalGroup(Signal.KILL);
        awaitReaped(worker);
    }

    /** Its parent, which doesn't reap it, is of another group. */
    @Test
    void aDeadMemberIsNone() throws Exception {
        TestPrograms.assumeInstalled("python3");
        String script = """
                import os, time
                if os.fork():
                    os._exit(0)
                if os.fork() == 0:
                    os._exit(0)
                os.setsid()
                print(os.getpid(), flush=True)
                time.sleep(600)
                """;
        WorkerProcess worker = WorkerProcess.command("python3", "-c", script)
                .processGroup(true)
                .stdout(Stdio.PIPE)
                .start();
        long parent = Long.parseLong(TestPrograms.reader(worker).readLine());
        try {
            worker.waitFor();
            awaitReaped(worker);
        } finally {
            ProcessHandle.of(parent).ifPresent(ProcessHandle::destroyForcibly);
        }
    }

    @Test
    void anInterruptedCloseKillsTheGroup() throws Exception {
        WorkerProcess worker =
                leader(DEAF_MEMBER + " & exit 3").closeGrace(Duration.ofDays(1)).start();
        long member = Long.parseLong(TestPrograms.reader(worker).readLine());
        worker.waitFor();
        Thread.currentThread().interrupt();
        worker.close();
        assertThat(Thread.interrupted()).isTrue();
        Await.until("the member is gone", () -> !ProcFs.isRunning(member));
    }

    /** Otherwise its leader would be reaped, and KILL not reach what is left. */
    @Test
    void aGroupThatCannotBeSeenForWantOfADescriptorIsNotEmpty() throws Exception {
        String output = OtherVm.run(OtherVm.java(WithoutDescriptorsMain.class).prepend("prlimit", "--nofile=80:80"));
        assertThat(output).isEqualTo("inhabited: true, without descriptors: true\n");
    }

    static final class WithoutDescriptorsMain {
        public static void main(String[] args) throws Exception {
            WorkerProcess worker = leader("sleep 1000 & echo; wait").start();
            worker.stdout().read();
            Set<Integer> group = Set.of(Math.toIntExact(worker.pid()));
            boolean seen = ProcessGroups.inhabited(group).equals(group);
            List<InputStream> all = new ArrayList<>();
            try {
                while (true) {
                    all.add(new FileInputStream("/dev/null"));
                }
            } catch (IOException tooMany) {
                boolean seenWithout = ProcessGroups.inhabited(group).equals(group);
                for (InputStream one : all) {
                    one.close();
                }
                System.out.println("inhabited: " + seen + ", without descriptors: " + seenWithout);
            }
            worker.close();
        }
    }
}
