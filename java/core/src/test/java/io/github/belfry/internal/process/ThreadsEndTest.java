package io.github.belfry.internal.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.belfry.SharedMapping;
import io.github.belfry.Signal;
import io.github.belfry.Stdio;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerPool;
import io.github.belfry.WorkerProcess;
import io.github.belfry.WorkerStartException;
import io.github.belfry.internal.sys.Uninterruptible;
import io.github.belfry.support.Await;
import io.github.belfry.support.Leftovers;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.OwnThread;
import io.github.belfry.support.Requests;
import io.github.belfry.support.TestPrograms;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** The threads of the library end when nothing needs them, and not before. Each test has a VM of its own. */
class ThreadsEndTest {
    private static final String WARDEN = "belfry-warden";
    private static final String REAPER = "belfry-reaper";

    private static void awaitNone() throws Exception {
        Await.until(
                () -> "no thread: " + Leftovers.poolThreads(),
                () -> Leftovers.poolThreads().isEmpty());
    }

    @Test
    void aVmThatHasClosedEverythingHasNone() throws Exception {
        OtherVm.run(OtherVm.java(AllMain.class));
    }

    static final class AllMain {
        public static void main(String[] args) throws Exception {
            try (WorkerPool pool = Requests.crash().workers(2).start();
                    WorkerPool other =
                            WorkerPool.bundled("echo").shutdownHook(false).start();
                    SharedMapping mapping = SharedMapping.anonymous("mapping", 4096);
                    WorkerProcess process = WorkerProcess.command("cat")
                            .passMapping(3, mapping)
                            .stdin(Stdio.PIPE)
                            .stdout(Stdio.PIPE)
                            .start()) {
                CompletableFuture<WorkerExit> exit = process.onExit();
                assertThat(Requests.ask(pool, "x")).isNotEmpty();
                other.call(Requests.bytes("x"));
                process.signal(Signal.TERM);
                exit.get();
                assertThat(Leftovers.poolThreads()).contains(REAPER);
            }
            awaitNone();
        }
    }

    @Test
    void whileAProcessRunsItsThreadsStay() throws Exception {
        OtherVm.run(OtherVm.java(RunningMain.class));
    }

    static final class RunningMain {
        public static void main(String[] args) throws Exception {
            IdleTime.set(IdleTime.SHORT);
            try (WorkerProcess process = WorkerProcess.command("sleep", "600").start()) {
                Thread.sleep(20 * IdleTime.SHORT.toMillis()); // in which nothing is to happen
                assertThat(Leftovers.poolThreads()).containsExactly(REAPER);
                assertThat(Keepers.ofThisVm()).hasSize(1);
                assertThat(process.isAlive()).isTrue();
            }
            awaitNone();
            Await.until("the keeper ends", () -> Keepers.ofThisVm().isEmpty());
        }
    }

    @Test
    void twoHundredChildrenWithPipesAndExitsNeedOneMore() throws Exception {
        OtherVm.run(OtherVm.java(ManyMain.class));
    }

    static final class ManyMain {
        private static final String EXITS = "belfry-exits";

        public static void main(String[] args) throws Exception {
            List<WorkerProcess> workers = new ArrayList<>();
            List<CompletableFuture<WorkerExit>> exits = new ArrayList<>();
            CountDownLatch read = new CountDownLatch(200);
            for (int i = 0; i < 200; i++) {
                WorkerProcess worker = WorkerProcess.command("cat")
                        .stdin(Stdio.PIPE)
                        .stdout(Stdio.PIPE)
                        .stderr(Stdio.PIPE)
                        .start();
                workers.add(worker);
                exits.add(worker.onExit());
                OwnThread.PER_TASK.execute(() -> readAll(worker, read));
            }
            assertThat(Leftovers.poolThreads()).doesNotHaveDuplicates().isSubsetOf(REAPER, WARDEN);
            for (WorkerProcess worker : workers) {
                worker.stdin().write("hello".getBytes());
                worker.stdin().close();
            }
            for (CompletableFuture<WorkerExit> exit : exits) {
                assertThat(exit.get()).isEqualTo(new WorkerExit.Exited(0));
                assertThat(Leftovers.poolThreads()).doesNotHaveDuplicates().isSubsetOf(EXITS, REAPER, WARDEN);
            }
            read.await();
            awaitNone();
        }

        private static void readAll(WorkerProcess worker, CountDownLatch read) {
            try {
                assertThat(worker.stdout().readAllBytes()).asString().isEqualTo("hello");
                assertThat(worker.stderr().readAllBytes()).isEmpty();
                read.countDown();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** The one that goes on while a callback blocks. */
    @Test
    void theThreadOfExitsEndsWhileACallbackBlocks() throws Exception {
        OtherVm.run(OtherVm.java(BlockedCallbackMain.class));
    }

    static final class BlockedCallbackMain {
        public static void main(String[] args) throws Exception {
            IdleTime.set(IdleTime.SHORT);
            CountDownLatch release = new CountDownLatch(1);
            CountDownLatch blocked = new CountDownLatch(1);
            WorkerProcess worker =
                    WorkerProcess.command("cat").stdin(Stdio.PIPE).start();
            worker.onExit().thenRun(() -> {
                blocked.countDown();
                Uninterruptible.await(release);
            });
            CompletableFuture<WorkerExit> next = worker.onExit();
            worker.close();
            blocked.await();
            assertThat(next.get()).isEqualTo(new WorkerExit.Exited(0));
            Await.until(
                    () -> "the blocked thread alone: " + Leftovers.poolThreads(),
                    () -> Leftovers.poolThreads().equals(List.of("belfry-exits")));
            release.countDown();
            awaitNone();
        }
    }

    @Test
    void theNextStartMakesNewOnes() throws Exception {
        OtherVm.run(OtherVm.java(AgainMain.class));
    }

    static final class AgainMain {
        public static void main(String[] args) throws Exception {
            IdleTime.set(IdleTime.SHORT);
            for (int i = 0; i < 5; i++) {
                assertThat(TestPrograms.run("true")).isEqualTo(new WorkerExit.Exited(0));
                assertThat(WorkerProcess.bundled("test_mmap_read", "/proc/self/comm")
                                .stdout(Stdio.NULL)
                                .stderr(Stdio.NULL)
                                .start()
                                .waitFor())
                        .isInstanceOf(WorkerExit.Exited.class);
                awaitNone();
            }
        }
    }

    @Test
    void aFailedStartLeavesNone() throws Exception {
        OtherVm.run(OtherVm.java(FailureMain.class));
    }

    static final class FailureMain {
        public static void main(String[] args) throws Exception {
            IdleTime.set(IdleTime.SHORT);
            for (boolean dieWithParent : List.of(true, false)) {
                assertThatThrownBy(() -> WorkerProcess.command("/no/such/program")
                                .dieWithParent(dieWithParent)
                                .start())
                        .isInstanceOf(WorkerStartException.class);
                awaitNone();
            }
        }
    }

    /** It has to close the pipe when its last writer has gone. */
    @Test
    void theReaperStaysForAPipeThatAGrandchildHolds() throws Exception {
        OtherVm.run(OtherVm.java(PipeMain.class).argument("kill"));
    }

    @Test
    void itEndsWhenThatPipeIsClosedByItsUser() throws Exception {
        OtherVm.run(OtherVm.java(PipeMain.class).argument("close"));
    }

    static final class PipeMain {
        public static void main(String[] args) throws Exception {
            IdleTime.set(IdleTime.SHORT);
            WorkerProcess shell = WorkerProcess.command("sh", "-c", "sleep 600 2>/dev/null & echo $! >&2")
                    .stdout(Stdio.PIPE)
                    .stderr(Stdio.PIPE)
                    .start();
            long grandchild = Long.parseLong(new String(shell.stderr().readAllBytes()).trim());
            assertThat(shell.waitFor()).isEqualTo(new WorkerExit.Exited(0));
            Thread.sleep(20 * IdleTime.SHORT.toMillis()); // in which nothing is to happen
            assertThat(Leftovers.poolThreads()).containsExactly(REAPER);
            if (args[0].equals("close")) {
                shell.close();
                awaitNone();
            }
            ProcessHandle.of(grandchild).orElseThrow().destroyForcibly();
            awaitNone();
        }
    }

    @Test
    void withoutPidfdsTheyEndToo() throws Exception {
        OtherVm.run(OtherVm.java(RunningWithoutPidfdsMain.class)
                .prepend(WardenTest.WITHOUT_KEEPER));
    }

    static final class RunningWithoutPidfdsMain {
        public static void main(String[] args) throws Exception {
            IdleTime.set(IdleTime.SHORT);
            try (WorkerProcess process = WorkerProcess.command("sleep", "600").start()) {
                Thread.sleep(20 * IdleTime.SHORT.toMillis()); // in which nothing is to happen
                assertThat(Leftovers.poolThreads()).containsExactly(REAPER, "belfry-wait-" + process.pid(), WARDEN);
                assertThat(process.isAlive()).isTrue();
            }
            awaitNone();
        }
    }
}
