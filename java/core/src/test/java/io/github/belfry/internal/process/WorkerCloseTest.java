package io.github.belfry.internal.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.belfry.Signal;
import io.github.belfry.Stdio;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerProcess;
import io.github.belfry.support.Await;
import io.github.belfry.support.OwnThread;
import io.github.belfry.support.ProcFs;
import io.github.belfry.support.TestPrograms;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

public class WorkerCloseTest {
    private static final String DEAF = "trap '' TERM; echo ready; while :; do sleep 0.01; done";

    private static WorkerProcess started(WorkerProcess.Builder builder) throws IOException {
        return TestPrograms.started(builder, "ready");
    }

    @Test
    void closeAsksWithTermAndReaps() throws Exception {
        WorkerProcess worker = started(
                WorkerProcess.command("sh", "-c", "trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done"));
        worker.close();
        assertThat(worker.waitFor()).isEqualTo(new WorkerExit.Exited(7));
        assertThat(ProcFs.state(worker.pid())).isEmpty();
    }

    @Test
    void aPipedInputIsClosedAndTheWorkerEndsByItself() throws Exception {
        WorkerProcess worker = started(WorkerProcess.command("sh", "-c", "echo ready; cat >/dev/null; exit 7")
                .stdin(Stdio.PIPE)
                .closeGrace(Duration.ofDays(1)));
        worker.close();
        assertThat(worker.waitFor()).isEqualTo(new WorkerExit.Exited(7));
    }

    /** Also when it was closed before. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void oneThatDoesNotGetsTermAfterTheGrace(boolean closedBefore) throws Exception {
        WorkerProcess worker = started(WorkerProcess.command(
                        "sh", "-c", "trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done")
                .stdin(Stdio.PIPE)
                // Passes once; the second one is the shell's time to run its trap.
                .closeGrace(Duration.ofSeconds(2)));
        if (closedBefore) {
            worker.stdin().close();
        }
        worker.close();
        assertThat(worker.waitFor()).isEqualTo(new WorkerExit.Exited(7));
    }

    @Test
    void afterTheGraceComesKill() throws Exception {
        WorkerProcess worker = started(WorkerProcess.command("sh", "-c", DEAF).closeGrace(Duration.ofMillis(50)));
        worker.close();
        assertThat(worker.waitFor()).isEqualTo(new WorkerExit.Signaled(Signal.KILL, false));
    }

    @Test
    void aStoppedWorkerIsEndedToo() throws Exception {
        WorkerProcess worker = WorkerProcess.command("sleep", "600")
                .closeGrace(Duration.ofMillis(50))
                .start();
        worker.signal(Signal.STOP);
        Await.until("it stands", () -> ProcFs.state(worker.pid()).equals(Optional.of('T')));
        worker.close();
        assertThat(worker.waitFor()).isEqualTo(new WorkerExit.Signaled(Signal.KILL, false));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anInterruptSkipsTheGracesAndStaysSet(boolean pipe) throws Exception {
        WorkerProcess worker = started(WorkerProcess.command("sh", "-c", DEAF)
                .stdin(pipe ? Stdio.PIPE : Stdio.NULL)
                .closeGrace(Duration.ofDays(1)));
        CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
        Thread closer = new Thread(() -> {
            worker.close();
            interrupted.complete(Thread.currentThread().isInterrupted());
        });
        closer.start();
        Await.until("the closer waits", () -> closer.getState() == Thread.State.TIMED_WAITING);
        closer.interrupt();
        assertThat(interrupted.get(30, TimeUnit.SECONDS)).isTrue();
        assertThat(worker.waitFor()).isEqualTo(new WorkerExit.Signaled(Signal.KILL, false));
    }

    @Test
    void closeIsIdempotentAndMayBeCalledByManyThreads() throws Exception {
        WorkerProcess worker = WorkerProcess.command("sleep", "600").start();
        List<CompletableFuture<Void>> closers = Stream.generate(
                        () -> CompletableFuture.runAsync(worker::close, OwnThread.PER_TASK))
                .limit(8)
                .toList();
        for (CompletableFuture<Void> closer : closers) {
            closer.get(30, TimeUnit.SECONDS);
        }
        worker.close();
        assertThat(worker.waitFor()).isEqualTo(new WorkerExit.Signaled(Signal.TERM, false));
    }

    @Test
    void aLeaderThatHasLeftItsGroupIsEndedToo() throws Exception {
        WorkerProcess worker =
                started(WorkerProcess.command(TestPrograms.path("leave_group")).processGroup(true));
        assertThatThrownBy(() -> worker.signalGroup(Signal.USR1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("has left the process group");
        worker.close();
        assertThat(worker.waitFor()).isEqualTo(new WorkerExit.Signaled(Signal.TERM, false));
    }

    @Test
    void aLockedStreamDelaysNoOtherWorker() throws Exception {
        try (WorkerProcess worker = WorkerProcess.command("true")
                .stdin(Stdio.PIPE)
                .stdout(Stdio.PIPE)
                .start()) {
            synchronized (worker.stdout()) {
                synchronized (worker.stdin()) {
                    assertThat(worker.waitFor(Duration.ofSeconds(30))).isPresent();
                    assertThat(TestPrograms.run("true")).isEqualTo(new WorkerExit.Exited(0));
                }
            }
        }
    }

    @Test
    void withoutAPipeThereIsNoStream() throws Exception {
        try (WorkerProcess worker = WorkerProcess.command("true").start()) {
            assertThatThrownBy(worker::stdin)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("stdin(Stdio.PIPE)");
            assertThatThrownBy(worker::stdout).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(worker::stderr).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void anEndedWorkerHoldsOnlyPipesWithSomethingUnread() throws Exception {
        WorkerProcess.command("true").start().waitFor();
        List<String> before = ProcFs.descriptors();
        for (int i = 0; i < 200; i++) {
            WorkerProcess silent = WorkerProcess.command("true")
                    .stdin(Stdio.PIPE)
                    .stdout(Stdio.PIPE)
                    .stderr(Stdio.PIPE)
                    .dieWithParent(i % 2 == 0)
                    .start();
            silent.waitFor();
            assertThat(ProcFs.descriptorsBeyond(before)).isEmpty();
            assertThat(silent.stdout().read()).isEqualTo(-1);
        }

        WorkerProcess talker = WorkerProcess.command("echo", "unread")
                .stdin(Stdio.PIPE)
                .stdout(Stdio.PIPE)
                .stderr(Stdio.PIPE)
                .start();
        talker.waitFor();
        assertThat(ProcFs.descriptorsBeyond(before)).hasSize(1);
        BufferedReader reader = TestPrograms.reader(talker);
        assertThat(reader.readLine()).isEqualTo("unread");
        assertThat(reader.readLine()).isNull();
        assertThat(ProcFs.descriptorsBeyond(before)).isEmpty();

        try (WorkerProcess closed =
                WorkerProcess.command("echo", "never read").stdout(Stdio.PIPE).start()) {
            closed.waitFor();
        }
        assertThat(ProcFs.descriptorsBeyond(before)).isEmpty();
    }

    @Test
    void aPipeThatAGrandchildHoldsIsReleasedWithItsLastWriter(@TempDir Path temp) throws Exception {
        Path fifo = TestPrograms.makeFifo(temp.resolve("fifo"));
        List<String> before = ProcFs.descriptors();
        WorkerProcess worker = WorkerProcess.command("sh", "-c", "(read line <fifo) & exit 0")
                .directory(temp)
                .stdout(Stdio.PIPE)
                .start();
        worker.waitFor();
        assertThat(ProcFs.descriptorsBeyond(before)).hasSize(1);
        Files.writeString(fifo, "go\n");
        Await.until("the pipe is closed", () -> ProcFs.descriptorsBeyond(before).isEmpty());
        assertThat(worker.stdout().read()).isEqualTo(-1);
    }

    @Test
    void manyUnclosedEndedWorkersHoldNoDescriptor() throws Exception {
        TestPrograms.run("true");
        List<String> before = ProcFs.descriptors();
        Queue<WorkerProcess> ended = new ConcurrentLinkedQueue<>();
        List<CompletableFuture<Void>> starters = Stream.<Runnable>generate(() -> () -> startAndKeep(ended))
                .limit(8)
                .map(start -> CompletableFuture.runAsync(start, OwnThread.PER_TASK))
                .toList();
        for (CompletableFuture<Void> starter : starters) {
            starter.get(60, TimeUnit.SECONDS);
        }
        assertThat(ended).hasSize(800);
        Await.until("all pipes are closed", () -> ProcFs.descriptorsBeyond(before).isEmpty());
        for (WorkerProcess worker : ended) {
            assertThat(worker.stdout().read()).isEqualTo(-1);
        }
    }

    private static void startAndKeep(Queue<WorkerProcess> ended) {
        for (int i = 0; i < 100; i++) {
            try {
                WorkerProcess worker = WorkerProcess.command("true")
                        .stdin(Stdio.PIPE)
                        .stdout(Stdio.PIPE)
                        .stderr(Stdio.PIPE)
                        .dieWithParent(i % 2 == 0)
                        .start();
                worker.waitFor();
                ended.add(worker);
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    @Test
    void filesAreReadTruncatedAndAppendedTo(@TempDir Path temp) throws Exception {
        Path in = Files.writeString(temp.resolve("in"), "input\n");
        Path out = Files.writeString(temp.resolve("out"), "what was there before\n");
        Path log = temp.resolve("log");
        WorkerProcess.Builder cat = WorkerProcess.command("sh", "-c", "cat; echo log >&2")
                .stdin(Stdio.file(in))
                .stdout(Stdio.file(out))
                .stderr(Stdio.append(log));
        for (int i = 0; i < 2; i++) {
            try (WorkerProcess worker = cat.start()) {
                assertThat(worker.waitFor()).isEqualTo(new WorkerExit.Exited(0));
            }
        }
        assertThat(out).hasContent("input\n");
        assertThat(log).hasContent("log\nlog\n");
        assertThat(Files.getPosixFilePermissions(log)).contains(PosixFilePermission.OWNER_READ);
    }
}
