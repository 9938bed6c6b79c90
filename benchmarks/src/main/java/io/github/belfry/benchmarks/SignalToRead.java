package io.github.belfry.benchmarks;

import io.github.belfry.SharedMapping;
import io.github.belfry.Signal;
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
 * From the moment at which Java begins to write 64 bytes, through SIGUSR1, to the moment when a worker that slept in
 * sigwaitinfo has read them. {@code bench_signal_send.c} does the same from C, with the same worker.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
public class SignalToRead {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private SharedMapping mapping;
    private WorkerProcess worker;
    private SignalPage page;
    private long sequence;

    /** Runs in the thread that sends. */
    @Setup(Level.Trial)
    public void startWorker() throws IOException {
        ForkSettings settings = ForkSettings.ofThisFork();
        Cpus cpus = settings.cpus();
        cpus.pinThisThread();
        mapping = SharedMapping.anonymous("bench", SignalPage.BYTES);
        page = new SignalPage(mapping.buffer());
        WorkerProcess.Builder builder = WorkerProcess.command(
                        settings.cPrograms().signalRecv())
                .blockSignals(Signal.USR1)
                .passMapping(SignalPage.DESCRIPTOR, mapping);
        if (cpus.arePinned()) {
            builder.cpus(cpus.worker());
        }
        worker = builder.start();
        while (!page.isReady()) {
            if (!worker.isAlive()) {
                throw new IllegalStateException("the worker ended before it was ready");
            }
        }
    }

    /** JMH times the whole, with the pause and the check; the recorder gets the way there. */
    @Benchmark
    public void message(Recorder recorder) {
        Effort.pause();
        long number = ++sequence;
        long sentNanos = System.nanoTime();
        page.write(number, sentNanos);
        worker.signal(Signal.USR1);

        awaitRead(number, sentNanos + PATIENCE_NANOS);
        if (!page.wasReadRight()) {
            throw new IllegalStateException("the worker read something else");
        }
        recorder.record(page.readNanos() - sentNanos);
    }

    private void awaitRead(long number, long endNanos) {
        while (page.readSequence() != number) {
            if (System.nanoTime() - endNanos > 0) {
                throw new IllegalStateException("the worker doesn't answer message " + number);
            }
        }
    }

    @TearDown(Level.Trial)
    public void stopWorker() {
        worker.close();
        mapping.close();
    }
}
