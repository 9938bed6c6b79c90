package io.github.belfry;

import io.github.belfry.internal.ring.SlotCounters;
import io.github.belfry.internal.ring.StatsReader;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the workers of a pool have counted.
 *
 * @param pool its name
 * @param workers one for each slot, in order
 * @param breakerOpen whether requests are refused because the workers keep dying, see
 *     {@link WorkerPool.Builder#breaker}
 * @param total all workers together, with what waits in the pool; its index is -1 and its pid 0
 */
public record PoolStats(String pool, List<WorkerStats> workers, boolean breakerOpen, WorkerStats total) {
    private static final WorkerStats NOTHING = WorkerStats.of(new SlotCounters.Queue(0, 0, 0));

    /** Copies the list. */
    public PoolStats {
        workers = List.copyOf(workers);
    }

    // Not the generated ones, see WorkerExit.

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof PoolStats stats
                && stats.pool.equals(pool)
                && stats.workers.equals(workers)
                && stats.breakerOpen == breakerOpen
                && stats.total.equals(total);
    }

    @Override
    public int hashCode() {
        return Objects.hash(pool, workers, breakerOpen, total);
    }

    /** With the sum of the workers as the total: nothing waits in the pool. */
    public PoolStats(String pool, List<WorkerStats> workers, boolean breakerOpen) {
        this(pool, workers, breakerOpen, sum(workers, NOTHING));
    }

    private static WorkerStats sum(List<WorkerStats> workers, WorkerStats queue) {
        return workers.stream().reduce(queue, WorkerStats::plus);
    }

    /**
     * The pools of another VM, or of this one, as they are now: read from the memory that it shares with its workers,
     * which it neither notices nor has to allow. The caller has to be of its user, or root.
     *
     * @param pid the VM's process id
     * @return none when that process has no pool
     * @throws IOException if there is no such process, it is another user's, or what it has under the name of a ring
     *     isn't one
     */
    public static List<PoolStats> of(long pid) throws IOException {
        return StatsReader.read(pid).entrySet().stream()
                .map(pool -> of(pool.getKey(), pool.getValue()))
                .toList();
    }

    static PoolStats of(String pool, List<SlotCounters> slots) {
        boolean breakerOpen = slots.stream().anyMatch(SlotCounters::breakerOpen);
        List<WorkerStats> workers = slots.stream().map(WorkerStats::of).toList();
        WorkerStats queue = sum(
                slots.stream().map(slot -> WorkerStats.of(slot.queue())).toList(), NOTHING);
        return new PoolStats(pool, workers, breakerOpen, sum(workers, queue));
    }
}
