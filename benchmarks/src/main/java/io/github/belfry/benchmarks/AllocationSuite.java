package io.github.belfry.benchmarks;

import java.util.List;
import java.util.Map;

/** What a request allocates. */
final class AllocationSuite {
    private static final int BATCHES = 200;
    private static final String GROUP = "64 B";

    private AllocationSuite() {}

    static Suite of(Bench bench) {
        int batches = bench.effort().count(BATCHES);
        Map<String, String> parameters = Map.of(
                "batches",
                Integer.toString(batches),
                "warmUpBatches",
                Integer.toString(bench.effort().warmUp(BATCHES, BATCHES)));
        SharedFork fork = bench.sharedFork(Allocation.class, "all", parameters, List.of());
        return new Suite(
                "allocation",
                "Allocation",
                "Bytes of heap that the calling thread allocates for a request, the mean of each thousand, by the VM's count"
                        + " (`com.sun.management.ThreadMXBean`). A `call` without copies has to give two views of shared"
                        + " memory away, one to write and one to read; the first row is what two such views take. A"
                        + " `call` whose reply is late, and `submit`, need a request and a future, too.",
                List.of(
                        Subject.floor(
                                Allocation.VIEWS,
                                GROUP,
                                "two views of a buffer",
                                Unit.BYTES,
                                fork.row(Allocation.VIEWS)),
                        Subject.ours(
                                Allocation.CALL,
                                GROUP,
                                "Java, WorkerPool.call",
                                Unit.BYTES,
                                fork.row(Allocation.CALL),
                                new Target(50, Allocation.VIEWS, 1)),
                        Subject.ours(
                                Allocation.CALL_ARRAY,
                                GROUP,
                                "Java, WorkerPool.call(byte[])",
                                Unit.BYTES,
                                fork.row(Allocation.CALL_ARRAY)),
                        Subject.ours(
                                Allocation.SUBMIT,
                                GROUP,
                                "Java, WorkerPool.submit",
                                Unit.BYTES,
                                fork.row(Allocation.SUBMIT))));
    }
}
