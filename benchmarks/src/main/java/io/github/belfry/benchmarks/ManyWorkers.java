package io.github.belfry.benchmarks;

import io.github.belfry.WorkerPool;
import io.github.belfry.WorkerStats;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
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

/**
 * A pool of many workers: how long it takes to start, what it uses while it idles, and how fast it then is. All of it
 * in one invocation, which does its own warm-up. {@code bench_many.c} starts the same workers from C.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
public class ManyWorkers {
    static final String START = "start";
    static final String WORKERS_MEMORY = "workers' memory";
    static final String MASTER_MEMORY = "master's memory";
    static final String IDLE = "idle";
    static final String CALL = "call";
    static final String SUBMIT = "submit";

    /** The ring layer's smallest, which the C floor has as well. */
    private static final int RING_BYTES = 64 << 10;

    private static final int MESSAGE_BYTES = 64;
    private static final int UNANSWERED_PER_WORKER = 4;
    private static final long SETTLE_MILLIS = 300;
    /** Longer than the second after which each that sleeps looks up. */
    private static final long IDLE_MILLIS = 1500;

    private static final long PICOS_PER_NANO = 1000;
    private static final String OUR_THREADS = "belfry-";

    @Param("1")
    public int workers;

    /** Of what a full run measures. */
    @Param("100")
    public int percent;

    private ForkSettings settings;
    private ManySuite.Counts counts;

    @Setup(Level.Trial)
    public void confine() throws IOException {
        settings = ForkSettings.ofThisFork();
        settings.cpus().confineThisProcess();
        counts = new ManySuite.Counts(workers, new Effort(1, percent));
    }

    @Benchmark
    public void pool(Rows rows) throws IOException, InterruptedException {
        for (int i = 0; i < counts.warmUpPools(); i++) {
            start(Math.min(workers, ManySuite.WARM_UP_WORKERS)).close();
        }
        for (int i = 0; i < counts.warmUpStarts(); i++) {
            start(workers).close();
        }
        for (int i = 1; i < counts.starts(); i++) {
            start(rows).close();
        }
        long usedBefore = usedKib();
        try (WorkerPool pool = start(rows)) {
            rows.record(MASTER_MEMORY, Math.max(0, (usedKib() - usedBefore) / workers));
            rows.record(WORKERS_MEMORY, Footprint.pssKib(pool.pids()));
            rows.record(IDLE, idleNanos(pool));
            call(pool, rows);
            submit(pool, rows);
            check(pool);
        }
    }

    private WorkerPool start(int count) throws IOException {
        return WorkerPool.command(settings.cPrograms().worker())
                .name("many")
                .workers(count)
                .ringBytes(RING_BYTES)
                .startTimeout(Duration.ofMinutes(2))
                .start();
    }

    private WorkerPool start(Rows rows) throws IOException {
        long startNanos = System.nanoTime();
        WorkerPool pool = start(workers);
        rows.record(START, System.nanoTime() - startNanos);
        return pool;
    }

    /** Of the heap what is reachable; the VM's option has all its pages touched, so the rest says what isn't heap. */
    private static long usedKib() throws IOException {
        System.gc();
        Runtime heap = Runtime.getRuntime();
        return Footprint.ownPssKib() + (heap.totalMemory() - heap.freeMemory()) / 1024;
    }

    /** What all workers and our threads need in a second without a request. */
    private static long idleNanos(WorkerPool pool) throws IOException, InterruptedException {
        Thread.sleep(SETTLE_MILLIS);
        long startNanos = System.nanoTime();
        long before = Footprint.cpuNanos(pool.pids(), OUR_THREADS);
        Thread.sleep(IDLE_MILLIS);
        long used = Footprint.cpuNanos(pool.pids(), OUR_THREADS) - before;
        return used * TimeUnit.SECONDS.toNanos(1) / (System.nanoTime() - startNanos);
    }

    private void call(WorkerPool pool, Rows rows) {
        for (int i = counts.warmUpCalls(); i > 0; i--) {
            callOnce(pool, i);
        }
        for (int i = counts.calls(); i > 0; i--) {
            long startNanos = System.nanoTime();
            callOnce(pool, i);
            rows.record(CALL, System.nanoTime() - startNanos);
        }
    }

    private static void callOnce(WorkerPool pool, long number) {
        long reply = pool.call(0, MESSAGE_BYTES, writing(number), ManyWorkers::numberOf);
        if (reply != number) {
            throw new IllegalStateException("the worker answered " + reply + " to " + number);
        }
    }

    private static Consumer<ByteBuffer> writing(long number) {
        return buffer -> {
            for (int i = 0; i < MESSAGE_BYTES; i += Long.BYTES) {
                buffer.putLong(i, number);
            }
        };
    }

    /** -1 when it isn't what {@link #writing} has written. */
    private static long numberOf(ByteBuffer reply) {
        long number = reply.getLong(0);
        for (int i = 0; i < MESSAGE_BYTES; i += Long.BYTES) {
            if (reply.getLong(i) != number) {
                return -1;
            }
        }
        return reply.capacity() == MESSAGE_BYTES ? number : -1;
    }

    private void submit(WorkerPool pool, Rows rows) throws InterruptedException {
        submitAll(pool, counts.warmUpSubmits());
        long startNanos = System.nanoTime();
        submitAll(pool, counts.submits());
        long nanos = System.nanoTime() - startNanos;
        rows.record(SUBMIT, nanos * PICOS_PER_NANO / counts.submits());
    }

    /** All workers have some to do at any time; returns when all are answered. */
    private void submitAll(WorkerPool pool, int count) throws InterruptedException {
        int most = UNANSWERED_PER_WORKER * workers;
        Semaphore unanswered = new Semaphore(most);
        AtomicReference<String> wrong = new AtomicReference<>();
        for (long i = 0; i < count; i++) {
            long number = i;
            unanswered.acquire();
            pool.submit(0, MESSAGE_BYTES, writing(number), ManyWorkers::numberOf)
                    .whenComplete((reply, failure) -> {
                        if (failure != null || reply != number) {
                            wrong.set("the worker answered " + reply + " to " + number + ": " + failure);
                        }
                        unanswered.release();
                    });
        }
        unanswered.acquire(most);
        if (wrong.get() != null) {
            throw new IllegalStateException(wrong.get());
        }
    }

    /** Each request once, by whichever worker had least to do, and all of them alive. */
    private void check(WorkerPool pool) {
        long answered = 0;
        for (WorkerStats worker : pool.stats().workers()) {
            answered += worker.answered();
            if (worker.deaths() > 0) {
                throw new IllegalStateException("a worker has died: " + worker);
            }
        }
        int asked = counts.warmUpCalls() + counts.calls() + counts.warmUpSubmits() + counts.submits();
        if (answered != asked) {
            throw new IllegalStateException(answered + " of " + asked + " requests were answered");
        }
    }
}
