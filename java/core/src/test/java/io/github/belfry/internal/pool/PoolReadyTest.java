package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.belfry.SharedMapping;
import io.github.belfry.Signal;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerPool;
import io.github.belfry.WorkerStartException;
import io.github.belfry.support.Leftovers;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.ProcFs;
import io.github.belfry.support.Requests;
import io.github.belfry.support.TestPrograms;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

public class PoolReadyTest {
    private static final String NO_WORKER = "it never mapped its rings: is it written with belfry/worker.h?";

    private Leftovers before;

    @TempDir
    private Path directory;

    @BeforeEach
    void lookBefore() throws Exception {
        before = Leftovers.before(Requests.poolWorker());
    }

    private static WorkerStartException startFailure(WorkerPool.Builder builder) {
        return catchThrowableOfType(
                WorkerStartException.class, () -> builder.start().close());
    }

    @Test
    void startReturnsWhenEveryWorkerIsReady() throws Exception {
        Path log = directory.resolve("log");
        try (WorkerPool pool = Requests.poolWorker(log).workers(3).start()) {
            assertThat(log).hasContent("init\ninit\ninit\n");
            assertThat(pool.pids()).hasSize(3).doesNotHaveDuplicates();
            for (long pid : pool.pids()) {
                assertThat(ProcFs.isRunning(pid)).isTrue();
            }
        }
    }

    @Test
    void aWorkerWhoseInitFailsFailsTheStart() throws Exception {
        WorkerStartException e =
                startFailure(Requests.poolWorker(directory.resolve("log"), 7).workers(2));
        assertThat(e.step()).isEqualTo("ready");
        assertThat(e.errnoName()).isEmpty();
        assertThat(e.exit()).contains(new WorkerExit.Exited(7));
        assertThat(e.stderrTail()).isEqualTo("no model to load\n");
        assertThat(e)
                .hasMessageContaining(TestPrograms.path("pool_worker"))
                .hasMessageEndingWith("it ended before it was ready: Exited[code=7]; it said: no model to load");
        before.awaitAgain();
    }

    @Test
    void aProgramThatIsNoWorkerFailsTheStart() throws Exception {
        WorkerStartException e = startFailure(WorkerPool.command("true").workers(1));
        assertThat(e.step()).isEqualTo("ready");
        assertThat(e.exit()).contains(new WorkerExit.Exited(0));
        assertThat(e.stderrTail()).isEmpty();
        assertThat(e).hasMessageEndingWith("Exited[code=0]; " + NO_WORKER);
        before.awaitAgain();
    }

    @Test
    void whatAProgramThatIsNoWorkerWroteIsThereToo() throws Exception {
        WorkerStartException e = startFailure(WorkerPool.command("sh", "-c", "printf 'one\ntwo \n\n' >&2; exit 4")
                .workers(1));
        assertThat(e.stderrTail()).isEqualTo("one\ntwo \n\n");
        assertThat(e).hasMessageEndingWith("Exited[code=4]; " + NO_WORKER + "; it said: two");
    }

    @Test
    void aWorkerWhoseInitTakesTooLongSaysWhatItWrote() throws Exception {
        Path fifo = TestPrograms.makeFifo(directory.resolve("fifo"));
        WorkerStartException e = startFailure(Requests.script("echo loading the model >&2; exec \"$1\" \"$0\"", fifo)
                .workers(1)
                .startTimeout(Duration.ofSeconds(1)));
        assertThat(e.stderrTail()).isEqualTo("loading the model\n");
        assertThat(e).hasMessageEndingWith("it wasn't ready within 1000 ms; it said: loading the model");
    }

    @Test
    void aWorkerThatDiesAtStartStopsTheReadyOnes() throws Exception {
        Path first = directory.resolve("first");
        WorkerStartException e =
                startFailure(Requests.script("mkdir $0 2>/dev/null && exec \"$1\"; kill -SEGV $$", first)
                        .workers(4));
        assertThat(e.step()).isEqualTo("ready");
        assertThat(e.exit().orElseThrow())
                .isInstanceOfSatisfying(
                        WorkerExit.Signaled.class,
                        exit -> assertThat(exit.signal()).isEqualTo(Signal.SEGV));
        before.awaitAgain();
    }

    @Test
    void aWorkerThatIsNotReadyInTimeIsKilledAndFailsTheStart() throws Exception {
        WorkerStartException e = startFailure(WorkerPool.command("sh", "-c", "echo slowly >&2; exec sleep 600")
                .workers(2)
                .startTimeout(Duration.ofSeconds(1)));
        assertThat(e.step()).isEqualTo("ready");
        assertThat(e.errnoName()).isEmpty();
        assertThat(e.exit()).contains(new WorkerExit.Signaled(Signal.KILL, false));
        assertThat(e.stderrTail()).isEqualTo("slowly\n");
        assertThat(e).hasMessageEndingWith("it wasn't ready within 1000 ms; " + NO_WORKER + "; it said: slowly");
        before.awaitAgain();
    }

    @Test
    @DisabledIfEnvironmentVariable(
            named = "BELFRY_EMULATED",
            matches = "1",
            disabledReason = "an emulator gives the child a copy of the memory, in which its report is lost")
    void aMissingProgramFailsTheStartWithTheSystemsReason() throws Exception {
        WorkerStartException e =
                startFailure(WorkerPool.command("/no/such/program").workers(2));
        assertThat(e.step()).isEqualTo("execve");
        assertThat(e.errnoName()).isEqualTo("ENOENT");
        assertThat(e.exit()).isEmpty();
        before.awaitAgain();
    }

    @Test
    void aRefusedStartOfALaterWorkerStopsTheFirst() throws Exception {
        Path script = directory.resolve("once");
        Files.writeString(script, "#!/bin/sh\nrm $0 2>/dev/null; exec '" + TestPrograms.path("pool_worker") + "'\n");
        assertThat(script.toFile().setExecutable(true)).isTrue();
        WorkerStartException e =
                startFailure(WorkerPool.command(script.toString()).workers(200));
        assertThat(e.step()).isIn("execve", "ready");
        before.awaitAgain();
    }

    /** Started by the test below, in a VM of its own. */
    static final class ClosedMapping {
        public static void main(String[] args) throws Exception {
            SharedMapping mapping = SharedMapping.anonymous("closed", 4096);
            mapping.close();
            try {
                WorkerPool.bundled("echo")
                        .process(worker -> worker.passMapping(7, mapping))
                        .start();
            } catch (IllegalStateException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    /** The shutdown hook of a pool that failed to start has nothing to wait for. */
    @Test
    void theVmCanEndAfterAnyFailedStart() throws Exception {
        assertThat(OtherVm.run(OtherVm.java(ClosedMapping.class))).contains("mapping of closed (4096 bytes) is closed");
    }
}
