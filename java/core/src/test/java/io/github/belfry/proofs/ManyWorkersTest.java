package io.github.belfry.proofs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.Signal;
import io.github.belfry.Stdio;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerProcess;
import io.github.belfry.support.Await;
import io.github.belfry.support.ProcFs;
import io.github.belfry.support.Proof;
import io.github.belfry.support.TestPrograms;
import java.io.BufferedReader;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Faults that only show with many workers. */
@Tag(Proof.TAG)
class ManyWorkersTest {
    private static final int MANY = Proof.times(2_000, 10_000);
    private static final int BATCH = 100;

    /** SIGUSR1 is sent as soon as start returns, so mostly before the program's first instruction. */
    @Test
    void noSignalSentEarlyKillsAWorkerAndEachIsReported() throws Exception {
        WorkerProcess.Builder builder = WorkerProcess.bundled("test_signal_recv")
                .blockSignals(Signal.USR1, Signal.INT) // INT may be ignored here, as in a script's background
                .stdout(Stdio.PIPE);
        for (int started = 0; started < MANY; started += BATCH) {
            List<WorkerProcess> batch = new ArrayList<>();
            try {
                for (int i = 0; i < BATCH; i++) {
                    WorkerProcess worker = builder.start();
                    worker.signal(Signal.USR1);
                    batch.add(worker);
                }
                for (WorkerProcess worker : batch) {
                    assertThat(TestPrograms.nextReport(TestPrograms.reader(worker)))
                            .isEqualTo("get signal");
                    worker.signal(Signal.INT);
                }
                for (WorkerProcess worker : batch) {
                    assertThat(worker.waitFor()).isEqualTo(new WorkerExit.Exited(0));
                }
            } finally {
                batch.forEach(WorkerProcess::close);
            }
        }
    }

    /** The test above can fail: without blockSignals workers do die. */
    @Test
    void withoutBlockSignalsTheSignalKills() throws Exception {
        int killed = 0;
        for (int i = 0; i < BATCH; i++) {
            try (WorkerProcess worker =
                    WorkerProcess.bundled("test_signal_recv").stdout(Stdio.NULL).start()) {
                worker.signal(Signal.USR1);
                worker.close();
                killed += worker.waitFor().equals(new WorkerExit.Signaled(Signal.USR1, false)) ? 1 : 0;
            }
        }
        assertThat(killed).isPositive();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void startAndKillLeavesNothingBehind(boolean dieWithParent) throws Exception {
        WorkerProcess.Builder builder = WorkerProcess.bundled("test_signal_recv")
                .dieWithParent(dieWithParent)
                .stdin(Stdio.PIPE)
                .stdout(Stdio.PIPE)
                .stderr(Stdio.PIPE);
        startAndKill(builder, 200);
        List<String> descriptors = ProcFs.descriptors();
        int maps = ProcFs.maps().size();
        long virtualKib = ProcFs.virtualKib();
        int threads = Thread.activeCount();

        startAndKill(builder, MANY / 2);

        assertThat(ProcFs.descriptorsBeyond(descriptors)).isEmpty();
        assertThat(ProcFs.children()).isEmpty();
        Await.until("no thread is left", () -> Thread.activeCount() <= threads);
        // The VM itself maps something meanwhile, but less than the 64 KiB that each start takes.
        assertThat(ProcFs.maps().size() - maps).isLessThan(100);
        assertThat(ProcFs.virtualKib() - virtualKib).isLessThan(MANY / 2 * 64L / 4);
    }

    private static void startAndKill(WorkerProcess.Builder builder, int cycles) throws Exception {
        for (int i = 0; i < cycles; i++) {
            try (WorkerProcess worker = builder.start()) {
                worker.signal(Signal.KILL);
                assertThat(worker.waitFor()).isEqualTo(new WorkerExit.Signaled(Signal.KILL, false));
            }
        }
    }

    @Test
    void manyThreadsStartBesideEightThreadsOfProcessBuilder() throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        ConcurrentLinkedQueue<Integer> neighbours = new ConcurrentLinkedQueue<>();
        ExecutorService threads = Executors.newFixedThreadPool(24);
        try {
            List<CompletableFuture<Void>> others = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                others.add(CompletableFuture.runAsync(() -> runNeighbours(done, neighbours), threads));
            }
            List<CompletableFuture<Void>> ours = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                boolean dieWithParent = i % 2 == 0;
                ours.add(CompletableFuture.runAsync(() -> startEach(MANY / 80, dieWithParent), threads));
            }
            for (CompletableFuture<Void> our : ours) {
                our.get(5, TimeUnit.MINUTES);
            }
            done.set(true);
            for (CompletableFuture<Void> other : others) {
                other.get(1, TimeUnit.MINUTES);
            }
        } finally {
            done.set(true);
            threads.shutdown();
        }
        assertThat(neighbours).isNotEmpty().containsOnly(42);
        assertThat(ProcFs.children()).isEmpty();
    }

    private static void startEach(int count, boolean dieWithParent) {
        for (int i = 0; i < count; i++) {
            int code = i % 200;
            try (WorkerProcess worker = WorkerProcess.command("sh", "-c", "read line; exit $line")
                    .stdin(Stdio.PIPE)
                    .dieWithParent(dieWithParent)
                    .start()) {
                worker.stdin().write((code + "\n").getBytes());
                assertThat(worker.waitFor()).isEqualTo(new WorkerExit.Exited(code));
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
    }

    private static void runNeighbours(AtomicBoolean done, ConcurrentLinkedQueue<Integer> exits) {
        while (!done.get()) {
            try {
                Process process = new ProcessBuilder("sh", "-c", "echo out; exit 42").start();
                BufferedReader reader = process.inputReader();
                assertThat(reader.readLine()).isEqualTo("out");
                exits.add(process.waitFor());
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
    }
}
