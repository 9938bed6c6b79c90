package io.github.belfry.benchmarks;

import com.zaxxer.nuprocess.NuAbstractProcessHandler;
import com.zaxxer.nuprocess.NuProcess;
import com.zaxxer.nuprocess.NuProcessBuilder;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerProcess;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * {@code start()} of a program that ends at once: until it returns, which it does once the program runs, and until
 * {@code waitFor()} has given the exit. Standard streams are inherited, but by NuProcess, which can't. The heap holds
 * live objects, whose page tables a fork would copy. {@code bench_vfork.c} and {@code bench_spawn.c} do the same from C.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
public class StartProcess {
    /** The two rows, which {@code bench_start.h} names likewise. */
    static final String RUNS = "runs";

    static final String EXIT = "exit";

    private static final long PATIENCE_SECONDS = 10;

    /** With {@link LiveHeap#vmOptions} for it. */
    @Param("16")
    public int liveMegabytes;

    private LiveHeap heap;
    private WorkerProcess.Builder worker;
    private ProcessBuilder process;
    private NuProcessBuilder nuProcess;

    @Setup(Level.Trial)
    public void prepare() throws IOException {
        ForkSettings settings = ForkSettings.ofThisFork();
        settings.cpus().confineThisProcess();
        String program = settings.cPrograms().exit();
        worker = WorkerProcess.command(program).inheritIO();
        process = new ProcessBuilder(program).inheritIO();
        nuProcess = new NuProcessBuilder(List.of(program));
        nuProcess.setProcessListener(new NuAbstractProcessHandler() {}); // it wants one
        heap = new LiveHeap(liveMegabytes);
    }

    /** Registered with the keeper, so that the program would die with this VM. */
    @Benchmark
    public void defaultOptions(Rows rows) throws IOException, InterruptedException {
        startWorker(rows, worker);
    }

    @Benchmark
    public void mayOutlive(Rows rows) throws IOException, InterruptedException {
        startWorker(rows, worker.dieWithParent(false));
    }

    private static void startWorker(Rows rows, WorkerProcess.Builder builder) throws IOException, InterruptedException {
        Effort.pause();
        long startedNanos = System.nanoTime();
        WorkerProcess started = builder.start();
        long runsNanos = System.nanoTime();
        try (started) {
            WorkerExit exit = started.waitFor();
            record(rows, startedNanos, runsNanos, System.nanoTime());
            if (!exit.equals(new WorkerExit.Exited(0))) {
                throw new IllegalStateException("the program ended with " + exit);
            }
        }
    }

    /** What the JDK has; the fork's jdk.lang.Process.launchMechanism says how. */
    @Benchmark
    public void processBuilder(Rows rows) throws IOException, InterruptedException {
        Effort.pause();
        long startedNanos = System.nanoTime();
        Process started = process.start();
        long runsNanos = System.nanoTime();
        int status = started.waitFor();
        record(rows, startedNanos, runsNanos, System.nanoTime());
        checkStatus(status);
    }

    @Benchmark
    public void nuProcess(Rows rows) throws InterruptedException {
        Effort.pause();
        long startedNanos = System.nanoTime();
        NuProcess started = nuProcess.start();
        long runsNanos = System.nanoTime();
        if (started == null) {
            throw new IllegalStateException("NuProcess has not started the program");
        }
        int status = started.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
        record(rows, startedNanos, runsNanos, System.nanoTime());
        checkStatus(status);
    }

    private static void record(Rows rows, long startedNanos, long runsNanos, long endedNanos) {
        rows.record(RUNS, runsNanos - startedNanos);
        rows.record(EXIT, endedNanos - startedNanos);
    }

    private static void checkStatus(int status) {
        if (status != 0) {
            throw new IllegalStateException("the program ended with " + status);
        }
    }

    @TearDown(Level.Trial)
    public void checkHeap() {
        heap.check();
    }
}
