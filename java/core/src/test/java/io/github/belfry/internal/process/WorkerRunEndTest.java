package io.github.belfry.internal.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.belfry.ProcessTimeoutException;
import io.github.belfry.Signal;
import io.github.belfry.Stdio;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerProcess;
import io.github.belfry.support.Await;
import io.github.belfry.support.ProcFs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A program that is run and takes too long, or whose caller is interrupted. */
public class WorkerRunEndTest {
    /** Enough for a shell to come to its first lines, as each here says by a file. */
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    private static final Duration DAY = Duration.ofDays(1);

    @TempDir
    Path temp;

    private Path here;
    private List<Long> children;

    @BeforeEach
    void remember() {
        here = temp.resolve("here");
        children = ProcFs.children();
    }

    /** Its {@code $1} is a file that isn't there yet. */
    private WorkerProcess.Builder shell(String script) {
        return WorkerProcess.command("sh", "-c", script, "sh", here.toString());
    }

    private ProcessTimeoutException timeout(ThrowingCallable run) {
        ProcessTimeoutException late = catchThrowableOfType(ProcessTimeoutException.class, run);
        assertThat(late).isNotNull();
        assertThat(ProcFs.children()).isEqualTo(children);
        return late;
    }

    @Test
    void atATimeoutTheProgramIsEndedAndItsOutputKept() {
        WorkerProcess.Builder program = shell("echo out; echo err >&2; exec sleep 600");
        ProcessTimeoutException late = timeout(() -> program.run(null, TIMEOUT));
        assertThat(late.timeout()).isEqualTo(TIMEOUT);
        assertThat(late.process().exit()).isEqualTo(new WorkerExit.Signaled(Signal.TERM, false));
        assertThat(late.process().output()).isEqualTo("out\n");
        assertThat(late.process().error()).isEqualTo("err\n");
        assertThat(late.process().command()).startsWith("sh", "-c");
        assertThat(late)
                .hasMessageStartingWith("sh -c echo out; ")
                .hasMessageContaining("longer than 2000 ms")
                .hasMessageEndingWith("Signaled[signal=SIGTERM, coreDumped=false]; it said: err");
    }

    /** The time is for all: here the outputs have come to their ends. */
    @Test
    void theTimeIsOverAlsoWhenOnlyTheEndIsMissing() {
        WorkerProcess.Builder program = shell("exec >&- 2>&-; exec sleep 600");
        assertThat(timeout(() -> program.run(null, TIMEOUT)).process().exit())
                .isEqualTo(new WorkerExit.Signaled(Signal.TERM, false));
        WorkerProcess.Builder silent =
                WorkerProcess.command("sleep", "600").stdout(Stdio.NULL).stderr(Stdio.NULL);
        timeout(() -> silent.run(null, Duration.ofMillis(1)));
    }

    @Test
    void withoutAnyTimeItIsEndedAtOnce() {
        WorkerProcess.Builder program = WorkerProcess.command("sleep", "600");
        timeout(() -> program.run(new byte[0], Duration.ZERO));
        timeout(() -> program.run(new byte[0], Duration.ofSeconds(-1)));
    }

    @Test
    void aDeafProgramIsKilledAfterTheGrace() {
        WorkerProcess.Builder program =
                shell("trap '' TERM; echo deaf; while :; do sleep 0.01; done").closeGrace(Duration.ofMillis(50));
        ProcessTimeoutException late = timeout(() -> program.run(null, TIMEOUT));
        assertThat(late.process().exit()).isEqualTo(new WorkerExit.Signaled(Signal.KILL, false));
        assertThat(late.process().output()).isEqualTo("deaf\n");
    }

    /** More than its pipe holds. */
    @Test
    void aProgramMayStillSayMuchWhileItIsEnded() {
        WorkerProcess.Builder program = shell(
                        "trap 'head -c 300000 /dev/zero; exit 5' TERM; while :; do sleep 0.01; done")
                .closeGrace(DAY);
        ProcessTimeoutException late = timeout(() -> program.run(null, TIMEOUT));
        assertThat(late.process().exit()).isEqualTo(new WorkerExit.Exited(5));
        assertThat(late.process().stdout()).isEqualTo(new byte[300_000]);
    }

    /** It would take what it has for all there is, and succeed. */
    @Test
    void aProgramThatIsEndedSeesNoEndOfAnUnfinishedInput() throws Exception {
        WorkerProcess.Builder program = shell("trap 'cat >/dev/null; echo whole >$1; exit' TERM; while :; do sleep 0.01; done")
                .closeGrace(Duration.ofMillis(300))
                .processGroup(true);
        ProcessTimeoutException late = timeout(() -> program.run(new byte[10_000_000], TIMEOUT));
        assertThat(late.process().exit()).isEqualTo(new WorkerExit.Signaled(Signal.KILL, false));
        assertThat(here).doesNotExist();
    }

    @Test
    void aProgramThatEndsInTimeIsNotLate() throws Exception {
        assertThat(WorkerProcess.command("cat").run(new byte[100], DAY).stdout()).hasSize(100);
        assertThat(WorkerProcess.command("true").run(null, Duration.ofSeconds(Long.MAX_VALUE)).succeeded())
                .isTrue();
    }

    private static final class Caller {
        private final CompletableFuture<Boolean> flagAfterwards = new CompletableFuture<>();
        private final Thread thread;

        Caller(ThrowingCallable run) {
            thread = new Thread(() -> {
                try {
                    run.call();
                    flagAfterwards.complete(Thread.currentThread().isInterrupted());
                } catch (Throwable e) {
                    flagAfterwards.completeExceptionally(e);
                }
            });
            thread.start();
        }

        void interrupt() {
            thread.interrupt();
        }

        Throwable failure() throws InterruptedException {
            try {
                throw new AssertionError("no failure, but " + flagAfterwards.get());
            } catch (ExecutionException e) {
                return e.getCause();
            }
        }
    }

    private void expectInterrupted(WorkerProcess.Builder program) throws Exception {
        Caller caller = new Caller(() -> program.run(null, null));
        Await.until("it runs", () -> Files.exists(here));
        caller.interrupt();
        assertThat(caller.failure()).isInstanceOf(InterruptedException.class);
        assertThat(ProcFs.children()).isEqualTo(children);
    }

    @Test
    void anInterruptEndsItWithoutAGrace() throws Exception {
        expectInterrupted(shell("trap '' TERM; touch $1; while :; do sleep 0.01; done").closeGrace(DAY));
    }

    @Test
    void anInterruptEndsItAlsoWhenOnlyTheEndIsMissing() throws Exception {
        expectInterrupted(shell("exec >&- 2>&-; touch $1; exec sleep 600").closeGrace(DAY));
    }

    @Test
    void anInterruptedThreadStartsNothing() throws Exception {
        Caller caller = new Caller(() -> {
            Thread.currentThread().interrupt();
            WorkerProcess.command("/no/such/program").run();
        });
        assertThat(caller.failure()).as("not that of a start").isInstanceOf(InterruptedException.class);
        Caller able = new Caller(() -> {
            Thread.currentThread().interrupt();
            shell("touch $1").run();
        });
        assertThat(able.failure()).isInstanceOf(InterruptedException.class);
        assertThat(here).doesNotExist();
    }

    @Test
    void anInterruptAfterTheTimeoutShortensTheGraceAndStaysSet() throws Exception {
        WorkerProcess.Builder program = shell("trap 'touch $1' TERM; while :; do sleep 0.01; done").closeGrace(DAY);
        CompletableFuture<ProcessTimeoutException> late = new CompletableFuture<>();
        Caller caller = new Caller(() ->
                late.complete(catchThrowableOfType(ProcessTimeoutException.class, () -> program.run(null, TIMEOUT))));
        Await.until("it is asked to end", () -> Files.exists(here));
        caller.interrupt();
        assertThat(late.get().process().exit()).isEqualTo(new WorkerExit.Signaled(Signal.KILL, false));
        assertThat(caller.flagAfterwards.get()).isTrue();
    }
}
