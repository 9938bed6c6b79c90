package io.github.belfry.cli;

import io.github.belfry.WorkerPool;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;

/** The last part of the demo: requests and replies, how long they take, and that a worker's death loses none. */
final class PoolDemo {
    private static final int WORKERS = 2;
    private static final int CALLS = 100_000;
    private static final int WARM_UP_CALLS = 20_000;
    private static final double[] PERCENTILES = {50, 90, 99, 99.9, 100};

    private final PrintWriter out;

    PoolDemo(PrintWriter out) {
        this.out = out;
    }

    void show() throws Exception {
        print("6. Start a pool of " + WORKERS + " workers that take requests and give replies through shared memory:"
                + " the C program upper.");
        try (WorkerPool pool = WorkerPool.bundled("upper")
                .workers(WORKERS)
                .listener(new WorkersErrors())
                .start()) {
            print("   " + pool.pids().stream().map(String::valueOf).collect(Collectors.joining(" ")));
            // A thread for each worker and no more: then a call takes what it takes, and doesn't wait behind others.
            print(
                    "7. Call them %,d times from %d threads, check every reply, and kill one worker with SIGKILL in the"
                            + " middle.",
                    CALLS, WORKERS);
            new DemoCalls(pool, WORKERS, WARM_UP_CALLS, DemoCalls.NO_KILL).run();
            DemoCalls calls = new DemoCalls(pool, WORKERS, CALLS, CALLS / 2);
            calls.run();
            showLatency(calls.latency());
            check(calls, pool);
        }
    }

    private void showLatency(Histogram latency) {
        StringBuilder head = new StringBuilder("   latency      ");
        StringBuilder micros = new StringBuilder("   microseconds ");
        for (double percentile : PERCENTILES) {
            boolean max = percentile == 100;
            String name = percentile == 99.9 ? "p99.9" : "p" + (int) percentile;
            head.append(String.format("%12s", max ? "max" : name));
            micros.append(String.format(Locale.ROOT, "%,12.1f", latency.getValueAtPercentile(percentile) / 1e3));
        }
        print(head.toString());
        print(micros.toString());
    }

    private void check(DemoCalls calls, WorkerPool pool) throws IOException {
        String right = String.format(Locale.ROOT, "%,d of %,d replies were right", calls.right(), CALLS);
        if (calls.right() != CALLS || calls.latency().getTotalCount() != CALLS) {
            throw new IOException(right);
        }
        print("   " + right + ", so nothing was lost.");
        long deaths = pool.stats().total().deaths();
        List<Long> pids = pool.pids();
        if (deaths != 1 || pids.size() != WORKERS || pids.contains(calls.killedPid())) {
            throw new IOException(
                    deaths + " workers died, and it should be 1; these run: " + pids + ", and it should be " + WORKERS);
        }
        print(
                "   1 worker died, %d, and another took its place. The calls under way when it was killed took up to"
                        + " %.1f ms.",
                calls.killedPid(), calls.longestAtKillNanos() / 1e6);
    }

    private void print(String format, Object... values) {
        out.println(values.length == 0 ? format : String.format(Locale.ROOT, format, values));
    }
}
