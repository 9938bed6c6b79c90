package io.github.belfry.benchmarks;

import io.github.belfry.Doorbell;
import io.github.belfry.WorkerPool;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
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
 * As {@link SignalToRead}, through a pool: from before {@code call} to when its worker, which slept, has read the 64
 * bytes. The worker's reply says when that was.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
public class PoolToRead {
    private static final int WORDS = 8;

    /** The worker looks for more for that long before it sleeps. */
    private static final int PAUSES = 3;

    @Param
    public Doorbell doorbell;

    private final Consumer<ByteBuffer> write = this::write;
    private final Function<ByteBuffer, Boolean> read = this::read;
    private WorkerPool pool;
    private long number;
    private long readNanos;
    private long sleeps;
    private long sleepsBefore;
    private long woken;

    /** The pool's threads may use both processors; the sender, this thread, has its own. */
    @Setup(Level.Trial)
    public void start() throws IOException {
        ForkSettings settings = ForkSettings.ofThisFork();
        Cpus cpus = settings.cpus();
        cpus.confineThisProcess();
        pool = WorkerPool.command(settings.cPrograms().file("bench_stamp_worker"))
                .workers(1)
                .doorbell(doorbell)
                .process(process -> {
                    if (cpus.arePinned()) {
                        process.cpus(cpus.worker());
                    }
                })
                .start();
        cpus.pinThisThread();
    }

    @Benchmark
    public void message(Recorder recorder) {
        for (int i = 0; i < PAUSES; i++) {
            Effort.pause();
        }
        number++;
        long sentNanos = System.nanoTime();
        boolean right = pool.call(0, WORDS * Long.BYTES, write, read);
        if (sleeps != sleepsBefore) { // else a processor that was taken away had kept the worker up
            recorder.record(readNanos - sentNanos);
            woken++;
        }
        sleepsBefore = sleeps;
        if (!right) {
            throw new IllegalStateException("the worker read something else");
        }
    }

    private void write(ByteBuffer body) {
        for (int i = 0; i < WORDS; i++) {
            body.putLong(i * Long.BYTES, number + i);
        }
    }

    private boolean read(ByteBuffer reply) {
        readNanos = reply.getLong(0);
        sleeps = reply.getLong(2 * Long.BYTES);
        long sum = 0;
        for (int i = 0; i < WORDS; i++) {
            sum = 31 * sum + number + i;
        }
        return reply.getLong(Long.BYTES) == sum;
    }

    /** It did sleep as a rule, or there is next to nothing to take a percentile of. */
    @TearDown(Level.Trial)
    public void stop() {
        pool.close();
        if (woken < number / 2) {
            throw new IllegalStateException("of " + number + " messages " + woken + " woke the worker");
        }
    }
}
