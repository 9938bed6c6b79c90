package io.github.belfry.benchmarks;

import java.util.List;
import java.util.Map;

/** A program that ends at once, timed until it runs. */
final class StartSuite {
    private static final int STARTS = 5_000;
    private static final int MOST_WARM_UP = 5_000;

    private StartSuite() {}

    static Suite of(Bench bench) {
        int megabytes = bench.settings().liveMegabytes();
        int starts = bench.effort().count(STARTS);
        int warmUp = bench.effort().warmUp(STARTS, MOST_WARM_UP);
        String group = String.format("%,d MiB of live heap", megabytes);
        return new Suite(
                "start",
                "Start",
                String.format(
                        "A program that ends at once, timed until it runs, standard streams inherited; %,d starts after"
                                + " %,d of warm-up, %d us of spinning before each. C has no heap and needs none: vfork"
                                + " copies no page tables.",
                        starts, warmUp, Effort.PAUSE_NANOS / 1000),
                List.of(
                        Subject.floor(
                                "vfork",
                                group,
                                "C, vfork + execve",
                                Unit.MICROSECONDS,
                                bench.floor("bench_vfork", "bench_exit", warmUp, starts)),
                        Subject.ours(
                                "direct",
                                group,
                                "Java, WorkerProcess, dieWithMaster(false)",
                                Unit.MICROSECONDS,
                                fork(bench, "direct", warmUp, starts),
                                new Target(50, "vfork", 1.3),
                                new Target(50, "process-builder", 0.1)),
                        Subject.ours(
                                "warden",
                                group,
                                "Java, WorkerProcess, through the warden",
                                Unit.MICROSECONDS,
                                fork(bench, "warden", warmUp, starts),
                                new Target(50, "vfork", 3)),
                        Subject.peer(
                                "process-builder",
                                group,
                                "Java, ProcessBuilder",
                                Unit.MICROSECONDS,
                                fork(bench, "processBuilder", warmUp, starts))));
    }

    private static Contender fork(Bench bench, String method, int warmUp, int starts) {
        return bench.fork(
                StartProcess.class,
                method,
                Map.of(),
                warmUp,
                starts,
                LiveHeap.vmOptions(bench.settings().liveMegabytes()));
    }
}
