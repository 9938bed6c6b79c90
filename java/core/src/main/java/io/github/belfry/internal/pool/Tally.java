package io.github.belfry.internal.pool;

import io.github.belfry.PoolUnavailableException;
import io.github.belfry.WorkerDiedException;
import io.github.belfry.WorkerException;
import io.github.belfry.WorkerExit;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;

/**
 * What a pool has counted since its start besides what lies in shared memory: deaths and failures, which are rare. Any
 * thread may count and ask; no method blocks.
 */
public final class Tally {
    private final Map<WorkerExit, LongAdder> deaths = new ConcurrentHashMap<>();
    private final LongAdder restarts = new LongAdder();
    private final LongAdder died = new LongAdder();
    private final LongAdder unavailable = new LongAdder();

    /** A worker has ended, and it wasn't the pool's wish: what {@code WorkerStats.deaths} counts. */
    void died(WorkerExit exit) {
        deaths.computeIfAbsent(exit, first -> new LongAdder()).increment();
    }

    /** A worker is ready that isn't the first of its slot. */
    void restarted() {
        restarts.increment();
    }

    /** A request has failed. */
    void failed(WorkerException why) {
        if (why instanceof WorkerDiedException) {
            died.increment();
        } else if (why instanceof PoolUnavailableException) {
            unavailable.increment();
        }
    }

    /** How many workers have died in one of these ways. */
    public long deaths(Predicate<? super WorkerExit> how) {
        return deaths.entrySet().stream()
                .filter(death -> how.test(death.getKey()))
                .mapToLong(death -> death.getValue().sum())
                .sum();
    }

    /** How many workers got ready in the place of another. */
    public long restarts() {
        return restarts.sum();
    }

    /** How many requests have failed with {@link WorkerDiedException}. */
    public long failedByDeath() {
        return died.sum();
    }

    /** How many requests that the pool had taken have failed with {@link PoolUnavailableException}. */
    public long failedUnavailable() {
        return unavailable.sum();
    }
}
