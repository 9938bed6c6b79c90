package io.github.belfry.cli;

import io.github.belfry.WorkerPool;
import io.github.belfry.WorkerStats;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.HdrHistogram.Histogram;

/**
 * Many calls of {@code upper} from some threads, each call with a text of its own and its reply checked. The thread that
 * makes a certain one first kills a worker that has another's request.
 */
final class DemoCalls {
    static final int NO_KILL = -1;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int SIGNIFICANT_DIGITS = 3;

    private final WorkerPool pool;
    private final int threads;
    private final int calls;
    private final int killAt;
    private final AtomicInteger begun = new AtomicInteger();
    private final Histogram latency = new Histogram(SIGNIFICANT_DIGITS);
    private int right;
    private long longestAtKillNanos;
    private volatile long killedPid;
    private volatile long killedAtNanos;
    private volatile boolean noticed;

    DemoCalls(WorkerPool pool, int threads, int calls, int killAt) {
        this.pool = pool;
        this.threads = threads;
        this.calls = calls;
        this.killAt = killAt;
    }

    /** Of each call, in nanoseconds. */
    Histogram latency() {
        return latency;
    }

    int right() {
        return right;
    }

    long killedPid() {
        return killedPid;
    }

    /** The longest of the calls that were under way at the kill, or begun before the pool had noticed it. */
    long longestAtKillNanos() {
        return longestAtKillNanos;
    }

    /** Blocks until all are done. */
    void run() throws IOException, InterruptedException {
        List<FutureTask<?>> callers = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            FutureTask<?> caller = new FutureTask<>(this::call, null);
            callers.add(caller);
            Thread thread = new Thread(caller, "belfry-demo-" + i);
            thread.setDaemon(true);
            thread.start();
        }
        for (FutureTask<?> caller : callers) {
            await(caller);
        }
    }

    private static void await(FutureTask<?> caller) throws IOException, InterruptedException {
        try {
            caller.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new IOException("the calls aren't done after " + PATIENCE.toSeconds() + " s", e);
        } catch (ExecutionException e) {
            throw new IOException("a call failed: " + e.getCause().getMessage(), e.getCause());
        }
    }

    /** One thread's share. */
    private void call() {
        Histogram own = new Histogram(SIGNIFICANT_DIGITS);
        int ownRight = 0;
        long ownLongest = 0;
        for (int i = begun.getAndIncrement(); i < calls; i = begun.getAndIncrement()) {
            if (i == killAt) {
                killOneAtWork();
            }
            byte[] request = text("the bell rings for call ", i);
            boolean noticedBefore = noticed;
            long startNanos = System.nanoTime();
            byte[] reply = pool.call(request);
            long endNanos = System.nanoTime();
            own.recordValue(endNanos - startNanos);
            ownRight += Arrays.equals(reply, text("THE BELL RINGS FOR CALL ", i)) ? 1 : 0;
            if (killedPid != 0 && !noticedBefore && endNanos >= killedAtNanos) {
                ownLongest = Math.max(ownLongest, endNanos - startNanos);
                noticed = pool.stats().total().deaths() > 0;
            }
        }
        add(own, ownRight, ownLongest);
    }

    private static byte[] text(String text, int number) {
        return (text + number).getBytes(StandardCharsets.US_ASCII);
    }

    private synchronized void add(Histogram own, int ownRight, long ownLongest) {
        latency.add(own);
        right += ownRight;
        longestAtKillNanos = Math.max(longestAtKillNanos, ownLongest);
    }

    /** What it has in hand is another thread's: this one has no call under way. */
    private void killOneAtWork() {
        Optional<WorkerStats> atWork = Optional.empty();
        long startNanos = System.nanoTime();
        while (atWork.isEmpty() && System.nanoTime() - startNanos < PATIENCE.toNanos()) {
            atWork = pool.stats().workers().stream()
                    .filter(worker -> worker.inFlight() > 0 && worker.pid() != 0)
                    .findFirst();
        }
        long pid = atWork.orElseThrow().pid();
        killedAtNanos = System.nanoTime();
        killedPid = pid;
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    }
}
