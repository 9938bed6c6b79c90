package io.github.belfry;

import io.github.belfry.internal.pool.Pool;
import io.github.belfry.internal.process.Child;
import io.github.belfry.internal.ring.SlotCounters;

/** What the public classes keep to themselves, for the tests in other packages. */
public final class Inside {
    private Inside() {}

    public static Pool of(WorkerPool pool) {
        return pool.pool();
    }

    public static Child of(WorkerProcess worker) {
        return worker.child();
    }

    /** A slot's counters as the public record, added to themselves. */
    public static WorkerStats doubled(SlotCounters counters) {
        WorkerStats stats = WorkerStats.of(counters);
        return stats.plus(stats);
    }
}
