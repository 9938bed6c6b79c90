package io.github.belfry.internal.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.belfry.Signal;
import io.github.belfry.Stdio;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerProcess;
import io.github.belfry.internal.sys.Native;
import io.github.belfry.support.Await;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.OwnThread;
import io.github.belfry.support.ProcFs;
import io.github.belfry.support.TestPrograms;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

public class WorkerExitTest {
    @Test
    void exitByCodeAndExitBySignalAreDifferentTypes() throws Exception {
        assertThat(exitOf("exit 9")).isEqualTo(new WorkerExit.Exited(9));
        assertThat(exitOf("kill -9 $$")).isEqualTo(new WorkerExit.Signaled(Signal.KILL, false));
        assertThat(exitOf("exit 0")).isEqualTo(new WorkerExit.Exited(0));
        assertThat(exitOf("exit 137")).isEqualTo(new WorkerExit.Exited(137));
        assertThat(exitOf("kill -USR1 $$")).isEqualTo(new WorkerExit.Signaled(Signal.USR1, false));
        assertThat(exitOf("kill -34 $$")).isEqualTo(new WorkerExit.Signaled(Signal.rt(0), false));
    }

    private static WorkerExit exitOf(String script) throws Exception {
        return TestPrograms.exitOf(WorkerProcess.command("sh", "-c", script));
    }

    @Test
    void aWorkerLivesUntilItIsReaped() throws Exception {
        try (WorkerProcess worker = WorkerProcess.command("cat")
                .stdin(Stdio.PIPE)
                .stdout(Stdio.NULL)
                .start()) {
            assertThat(worker.isAlive()).isTrue();
            assertThat(worker.waitFor(Duration.ofMillis(1))).isEmpty();
            assertThat(ProcFs.isRunning(worker.pid())).isTrue();
            worker.stdin().close();
            assertThat(worker.waitFor(Duration.ofSeconds(30))).contains(new WorkerExit.Exited(0));
            assertThat(worker.isAlive()).isFalse();
            assertThat(ProcFs.state(worker.pid())).isEmpty();
            assertThat(worker.waitFor()).isEqualTo(new WorkerExit.Exited(0));
        }
    }

    @Test
    void aWaitCanBeInterrupted() throws Exception {
        try (WorkerProcess worker = WorkerProcess.command("sleep", "60").start()) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(worker::waitFor).isInstanceOf(InterruptedException.class);
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> worker.waitFor(Duration.ofSeconds(60))).isInstanceOf(InterruptedException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aVeryLongTimeoutIsNoOverflow(boolean dieWithParent) throws Exception {
        try (WorkerProcess worker =
                WorkerProcess.command("true").dieWithParent(dieWithParent).start()) {
            assertThat(worker.waitFor(Duration.ofSeconds(Long.MAX_VALUE))).contains(new WorkerExit.Exited(0));
        }
    }

    @Test
    void onExitGivesANewFutureEachTime() throws Exception {
        try (WorkerProcess worker =
                WorkerProcess.command("cat").stdin(Stdio.PIPE).start()) {
            CompletableFuture<WorkerExit> cancelled = worker.onExit();
            CompletableFuture<WorkerExit> other = worker.onExit();
            cancelled.cancel(true);
            worker.stdin().close();
            assertThat(other.get(30, TimeUnit.SECONDS)).isEqualTo(new WorkerExit.Exited(0));
            assertThat(worker.onExit().get(30, TimeUnit.SECONDS)).isEqualTo(new WorkerExit.Exited(0));
        }
    }

    @Test
    void endsAreCompletedByOneThread() throws Exception {
        Set<Thread> threads = new HashSet<>();
        for (int i = 0; i < 20; i++) {
            CompletableFuture<Thread> completer = new CompletableFuture<>();
            try (WorkerProcess worker =
                    WorkerProcess.command("cat").stdin(Stdio.PIPE).start()) {
                worker.onExit().thenRun(() -> completer.complete(Thread.currentThread()));
            }
            threads.add(completer.get(30, TimeUnit.SECONDS));
        }
        assertThat(threads).hasSize(1);
    }

    @Test
    void afterTheEndTheFutureIsComplete() throws Exception {
        WorkerProcess worker = WorkerProcess.command("true").start();
        worker.waitFor();
        Await.until("it is told", () -> worker.onExit().isDone());
        assertThat(worker.onExit()).isCompletedWithValue(new WorkerExit.Exited(0));
    }

    /** Three that block, and all the others in the same queue behind them. */
    @Test
    void whileCallbacksBlockOthersGoOn() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        try (WorkerProcess worker =
                WorkerProcess.command("cat").stdin(Stdio.PIPE).start()) {
            List<CompletableFuture<Void>> blocked = new ArrayList<>();
            List<CompletableFuture<WorkerExit>> others = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                blocked.add(worker.onExit().thenAccept(exit -> await(release)));
                others.add(worker.onExit());
            }
            worker.stdin().close();
            for (CompletableFuture<WorkerExit> other : others) {
                assertThat(other.get(30, TimeUnit.SECONDS)).isEqualTo(new WorkerExit.Exited(0));
            }
            release.countDown();
            for (CompletableFuture<Void> callback : blocked) {
                callback.get(30, TimeUnit.SECONDS);
            }
        } finally {
            release.countDown();
        }
    }

    @Test
    void aHandleIsTheRunningProcess() throws Exception {
        try (WorkerProcess worker =
                TestPrograms.started(WorkerProcess.command("sh", "-c", "sleep 600 & echo ready; wait"), "ready")) {
            ProcessHandle handle = worker.toHandle();
            assertThat(handle.pid()).isEqualTo(worker.pid());
            assertThat(handle.isAlive()).isTrue();
            assertThat(handle.parent()).contains(ProcessHandle.current());
            assertThat(handle.children()).hasSize(1);
            handle.descendants().forEach(ProcessHandle::destroy);
            assertThat(worker.waitFor(Duration.ofSeconds(30))).isPresent();
        }
    }

    @Test
    void afterTheEndThereIsNoHandle() throws Exception {
        WorkerProcess worker = WorkerProcess.command("true").start();
        worker.waitFor();
        assertThatThrownBy(worker::toHandle)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("has ended: Exited[code=0]");
    }

    @Test
    void aCallbackThatBlocksDelaysNoOtherWorkersEnd() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        CompletableFuture<Thread> blocked = new CompletableFuture<>();
        try (WorkerProcess first =
                WorkerProcess.command("cat").stdin(Stdio.PIPE).start()) {
            CompletableFuture<Void> callback = first.onExit().thenAccept(exit -> {
                blocked.complete(Thread.currentThread());
                await(release);
            });
            first.stdin().close();
            assertThat(blocked.get(30, TimeUnit.SECONDS).getName()).isEqualTo("belfry-exits");
            try (WorkerProcess second = WorkerProcess.command("true").start()) {
                assertThat(second.onExit().get(30, TimeUnit.SECONDS)).isEqualTo(new WorkerExit.Exited(0));
            }
            release.countDown();
            callback.get(30, TimeUnit.SECONDS);
        } finally {
            release.countDown();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aStatusThatAnotherThreadHasTakenIsLost() throws Exception {
        try (WorkerProcess worker = WorkerProcess.command("sleep", "60").start()) {
            CompletableFuture<Long> thief =
                    CompletableFuture.supplyAsync(() -> stealStatus((int) worker.pid()), OwnThread.PER_TASK);
            worker.signal(Signal.STOP);
            Await.until("stopped", () -> ProcFs.state(worker.pid()).equals(java.util.Optional.of('T')));
            worker.signal(Signal.KILL);
            WorkerExit exit = worker.waitFor();
            boolean stolen = thief.get(30, TimeUnit.SECONDS) > 0;
            assertThat(exit).isEqualTo(stolen ? new WorkerExit.Lost() : new WorkerExit.Signaled(Signal.KILL, false));
        }
    }

    /** Asks until it gets the status, or another thread has it. */
    private static long stealStatus(int pid) {
        long status = 0;
        while (status == 0) {
            status = Native.waitPid(pid, false);
        }
        return status;
    }

    @Test
    void theFirstStartSetsAnIgnoredSigchldToDefault() throws Exception {
        assertThat(OtherVm.run(OtherVm.java(ExitMain.class)))
                .isEqualTo("ignored: true\nExited[code=9]\nignored: false\n");
    }

    static final class ExitMain {
        public static void main(String[] args) throws Exception {
            TestPrograms.ignoreChildren();
            System.out.println("ignored: " + TestPrograms.ignoresChildren());
            System.out.println(exitOf("exit 9"));
            System.out.println("ignored: " + TestPrograms.ignoresChildren());
        }
    }
}
