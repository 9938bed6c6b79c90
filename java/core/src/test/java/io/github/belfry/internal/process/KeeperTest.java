package io.github.belfry.internal.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.belfry.ResourceLimit;
import io.github.belfry.Signal;
import io.github.belfry.Stdio;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerProcess;
import io.github.belfry.support.Await;
import io.github.belfry.support.Leftovers;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.OwnThread;
import io.github.belfry.support.PidNamespace;
import io.github.belfry.support.ProcFs;
import io.github.belfry.support.Requests;
import io.github.belfry.support.TestPrograms;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The process that ends what a VM has started. Each test has a VM of its own, most of them one that is killed. */
@Tag("once")
class KeeperTest {
    private static final int NOBODY = 65534;

    @TempDir
    private Path temp;

    /** Kills the master when it has printed the pids of what is to end with it; then runs {@code meanwhile}. */
    private static void allEndWith(OtherVm vm, int count) throws Exception {
        Process master = vm.builder().start();
        List<Long> pids = readPids(master.inputReader(), count);
        for (long pid : pids) {
            assertThat(ProcFs.isRunning(pid)).isTrue();
        }
        master.destroyForcibly().waitFor();
        awaitEnd(pids);
        Await.until("its keeper has ended", () -> Keepers.of(master.pid()).isEmpty());
    }

    /** A keeper that has ended is logged among them. */
    private static List<Long> readPids(BufferedReader output, int count) throws IOException {
        List<Long> pids = new ArrayList<>();
        List<String> others = new ArrayList<>();
        while (pids.size() < count) {
            String line = output.readLine();
            assertThat(line).as("a pid, after " + others).isNotNull();
            if (line.matches("\\d+")) {
                pids.add(Long.valueOf(line));
            } else {
                others.add(line);
            }
        }
        return pids;
    }

    private static void awaitEnd(List<Long> pids) throws Exception {
        Await.until(() -> "all ended: " + pids, () -> !ProcFs.anyRuns(pids));
    }

    private static void print(long pid) {
        System.out.println(pid);
        System.out.flush();
    }

    private static WorkerProcess.Builder quiet(String... command) {
        return WorkerProcess.command(command).stdout(Stdio.NULL).stderr(Stdio.NULL);
    }

    /** A shell in a group of its own that prints the pid of a process which it has started. */
    private static void printGrandchild(String script) throws IOException {
        WorkerProcess shell = WorkerProcess.command("sh", "-c", script)
                .processGroup(true)
                .stdout(Stdio.PIPE)
                .stderr(Stdio.NULL)
                .start();
        BufferedReader output = TestPrograms.reader(shell);
        print(Long.parseLong(output.readLine()));
    }

    @Test
    void whatAWorkerWithItsOwnGroupHasStartedEndsWithTheVm() throws Exception {
        allEndWith(OtherVm.java(GroupsMain.class), 4);
    }

    static final class GroupsMain {
        public static void main(String[] args) throws Exception {
            printGrandchild("sleep 600 & echo $!; wait");
            printGrandchild("sleep 600 & echo $!; sleep 600; true");
            printGrandchild("sh -c 'sleep 600 & echo $!'; sleep 600; true");
            printGrandchild("sh -c 'trap \"\" HUP TERM INT; sleep 600 >/dev/null & echo $!' & sleep 600");
            Thread.sleep(Long.MAX_VALUE);
        }
    }

    @Test
    void whatIsLeftOfAGroupEndsWithTheVm() throws Exception {
        allEndWith(OtherVm.java(LeaderlessMain.class), 1);
    }

    static final class LeaderlessMain {
        public static void main(String[] args) throws Exception {
            IdleTime.set(IdleTime.SHORT);
            WorkerProcess shell = WorkerProcess.command("sh", "-c", "sleep 600 >/dev/null & echo $!")
                    .processGroup(true)
                    .stdout(Stdio.PIPE)
                    .start();
            long left = Long.parseLong(TestPrograms.reader(shell).readLine());
            shell.waitFor();
            print(left);
            Thread.sleep(Long.MAX_VALUE);
        }
    }

    /** It closes the registration's descriptors, may have no others, and is another user's. */
    @Test
    void aWorkerThatGivesUpItsRightsEndsWithTheVm() throws Exception {
        allEndWith(OtherVm.java(RightsMain.class), 1);
    }

    static final class RightsMain {
        public static void main(String[] args) throws Exception {
            WorkerProcess.Builder builder = quiet("sleep", "600").limit(ResourceLimit.NOFILE, 4, 4);
            if (System.getProperty("user.name").equals("root")) {
                builder.user(NOBODY, NOBODY);
            }
            print(builder.start().pid());
            Thread.sleep(Long.MAX_VALUE);
        }
    }

    /** The death signal of prctl(2) would be gone after its execve. */
    @Test
    void aProgramWithAnotherEffectiveUserEndsWithTheVm() throws Exception {
        assumeTrue(System.getProperty("user.name").equals("root"), "not root: no program of another user's");
        Path program = Files.copy(Path.of("/bin/sleep"), temp.resolve("sleep"));
        assertThat(TestPrograms.run("chown", Integer.toString(NOBODY), program.toString()))
                .isEqualTo(new WorkerExit.Exited(0));
        assertThat(TestPrograms.run("chmod", "4755", program.toString())).isEqualTo(new WorkerExit.Exited(0));
        allEndWith(OtherVm.java(OtherUserMain.class).argument(program.toString()), 1);
    }

    static final class OtherUserMain {
        public static void main(String[] args) throws Exception {
            WorkerProcess worker = quiet(args[0], "600").start();
            Path status = Path.of("/proc/" + worker.pid() + "/status");
            assertThat(ProcFs.field(status, "Uid").orElseThrow().split("\\s+")).startsWith("0", "" + NOBODY);
            print(worker.pid());
            Thread.sleep(Long.MAX_VALUE);
        }
    }

    /** A child that another library has forked has a copy of each of the VM's descriptors, and outlives it here. */
    @Test
    void aForkThatNeverCallsExecveDoesNotHoldTheEndUp() throws Exception {
        Process master = OtherVm.java(ForkMain.class).builder().start();
        List<Long> pids = OtherVm.readPids(master.inputReader(), 2);
        ProcessHandle fork = ProcessHandle.of(pids.get(1)).orElseThrow();
        assertThat(TestPrograms.run("kill", "-STOP", pids.get(1).toString())).isEqualTo(new WorkerExit.Exited(0));
        try {
            master.destroyForcibly().waitFor();
            awaitEnd(pids.subList(0, 1));
            Await.until("its keeper has ended", () -> Keepers.of(master.pid()).isEmpty());
            assertThat(ProcFs.isRunning(fork.pid())).isTrue();
        } finally {
            fork.destroyForcibly();
        }
    }

    static final class ForkMain {
        public static void main(String[] args) throws Exception {
            long worker = quiet("sleep", "600").start().pid();
            System.load(TestPrograms.path("fork_child.so"));
            List<Long> children = new ArrayList<>(ProcFs.children());
            children.remove(worker);
            print(worker);
            print(children.get(0));
            Thread.sleep(Long.MAX_VALUE);
        }
    }

    @Test
    void aKeeperKilledAmidStartsIsReplacedAndNoWorkerIsLost() throws Exception {
        allEndWith(OtherVm.java(KilledMain.class), KilledMain.THREADS * KilledMain.EACH);
    }

    static final class KilledMain {
        static final int THREADS = 4;
        static final int EACH = 15;
        private static final int BETWEEN = 5;
        private static final int KILLS = 10;

        public static void main(String[] args) throws Exception {
            quiet("true").start().waitFor();
            List<CompletableFuture<List<Long>>> starters = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                starters.add(CompletableFuture.supplyAsync(KilledMain::startEach, OwnThread.PER_TASK));
            }
            for (int i = 0; i < KILLS; i++) {
                killKeeper();
            }
            List<Long> pids = new ArrayList<>();
            for (CompletableFuture<List<Long>> starter : starters) {
                pids.addAll(starter.get());
            }
            killKeeper();
            pids.forEach(KeeperTest::print);
            Thread.sleep(Long.MAX_VALUE);
        }

        private static List<Long> startEach() {
            List<Long> pids = new ArrayList<>();
            try {
                for (int i = 0; i < EACH; i++) {
                    pids.add(quiet("sleep", "600").processGroup(i % 2 == 0).start().pid());
                    for (int j = 0; j < BETWEEN; j++) {
                        assertThat(TestPrograms.run("true")).isEqualTo(new WorkerExit.Exited(0));
                    }
                }
            } catch (Exception e) {
                throw new AssertionError(e);
            }
            return pids;
        }

        private static void killKeeper() throws Exception {
            long keeper = Keepers.ofThisVm().get(0);
            Requests.signal(keeper, Signal.KILL);
            Await.until(
                    () -> "another keeper: " + Keepers.ofThisVm() + ", " + Leftovers.poolThreads(),
                    () -> isReplaced(keeper));
        }

        /** Another one runs, and the thread that registers all with it has ended. */
        private static boolean isReplaced(long keeper) {
            List<Long> keepers = Keepers.ofThisVm();
            return keepers.size() == 1
                    && keepers.get(0) != keeper
                    && !Leftovers.poolThreads().contains("belfry-keeper");
        }
    }

    /** When its socket is full, the thread that serves where there is no keeper starts what is to end with the VM. */
    @Test
    void aStoppedKeeperStopsNoStart() throws Exception {
        allEndWith(OtherVm.java(StoppedMain.class), 2);
    }

    static final class StoppedMain {
        public static void main(String[] args) throws Exception {
            long before = quiet("sleep", "600").start().pid();
            long keeper = Keepers.ofThisVm().get(0);
            Requests.signal(keeper, Signal.STOP);
            while (!Leftovers.poolThreads().contains("belfry-warden")) {
                assertThat(TestPrograms.run("true")).isEqualTo(new WorkerExit.Exited(0));
            }
            long after = quiet("sleep", "600").start().pid();
            Requests.signal(keeper, Signal.CONT);
            print(before);
            print(after);
            Thread.sleep(Long.MAX_VALUE);
        }
    }

    /** As a container's only program. */
    @Test
    void aVmThatIsProcessOneReapsItsKeeper() throws Exception {
        OtherVm.run(OtherVm.java(FirstProcessMain.class).prepend(PidNamespace.command()));
    }

    static final class FirstProcessMain {
        public static void main(String[] args) throws Exception {
            assertThat(ProcessHandle.current().pid()).isEqualTo(1);
            IdleTime.set(IdleTime.SHORT);
            for (int i = 0; i < 3; i++) {
                try (WorkerProcess worker = quiet("sleep", "600").start()) {
                    assertThat(ProcFs.children()).containsExactlyInAnyOrder(worker.pid(), Keepers.ofThisVm().get(0));
                }
                Await.until(
                        () -> "no child: " + ProcFs.children(),
                        () -> ProcFs.children().isEmpty() && Leftovers.poolThreads().isEmpty());
            }
        }
    }

    @Test
    void ctrlCDoesNotReachIt() throws Exception {
        try (WorkerProcess worker = quiet("sleep", "600").start()) {
            long keeper = Keepers.ofThisVm().get(0);
            Path status = Path.of("/proc/" + keeper + "/status");
            for (Signal signal : List.of(Signal.INT, Signal.TERM, Signal.HUP, Signal.QUIT)) {
                assertThat(ProcFs.hasSignal(status, "SigBlk", signal)).isTrue();
            }
            String stat = Files.readString(Path.of("/proc/" + keeper + "/stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            assertThat(fields[2]).as("its group").isEqualTo("" + keeper);
            assertThat(fields[3]).as("its session").isEqualTo("" + keeper);
            assertThat(ProcFs.children()).doesNotContain(keeper);
            assertThat(worker.isAlive()).isTrue();
        }
    }
}
