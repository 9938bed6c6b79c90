package io.github.belfry.benchmarks;

import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerProcess;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * {@code start()} of a program that ends at once, until it returns, which it does once the program runs. Standard
 * streams are inherited; waiting for the end isn't timed. The heap holds gigabytes of live objects, whose page tables a
 * fork would copy. {@code bench_vfork.c} does the same from C.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED", "-Xms2560m", "-Xmx2560m", "-XX:+AlwaysPreTouch"})
public class StartProcess {
    private LiveHeap heap;
    private WorkerProcess.Builder worker;
    private ProcessBuilder process;

    @Setup(Level.Trial)
    public void prepare() throws IOException {
        ForkSettings settings = ForkSettings.ofThisFork();
        settings.cpus().confineThisProcess();
        String program = settings.cPrograms().exit();
        worker = WorkerProcess.command(program).inheritIO();
        process = new ProcessBuilder(program).inheritIO();
        heap = new LiveHeap(settings.liveMegabytes());
    }

    /** By the calling thread. */
    @Benchmark
    public void direct(Recorder recorder) throws IOException, InterruptedException {
        startWorker(recorder, worker.dieWithMaster(false));
    }

    /** By the warden's thread: the program would die with this VM. */
    @Benchmark
    public void warden(Recorder recorder) throws IOException, InterruptedException {
        startWorker(recorder, worker.dieWithMaster(true));
    }

    private static void startWorker(Recorder recorder, WorkerProcess.Builder builder)
            throws IOException, InterruptedException {
        Effort.pause();
        long startedNanos = System.nanoTime();
        WorkerProcess started = builder.start();
        recorder.record(System.nanoTime() - startedNanos);
        try (started) {
            WorkerExit exit = started.waitFor();
            if (!exit.equals(new WorkerExit.Exited(0))) {
                throw new IllegalStateException("the program ended with " + exit);
            }
        }
    }

    /** What the JDK has. */
    @Benchmark
    public void processBuilder(Recorder recorder) throws IOException, InterruptedException {
        Effort.pause();
        long startedNanos = System.nanoTime();
        Process started = process.start();
        recorder.record(System.nanoTime() - startedNanos);
        int status = started.waitFor();
        if (status != 0) {
            throw new IllegalStateException("the program ended with " + status);
        }
    }

    @TearDown(Level.Trial)
    public void checkHeap() {
        heap.check();
    }
}
