package io.github.belfry;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One worker process of a pool, for a {@link PoolListener}.
 *
 * @param pool the pool's name
 * @param index of its slot, from 0
 * @param pid its process id
 * @param incarnation from 1: counts the processes of this slot
 */
public record WorkerInfo(String pool, int index, long pid, long incarnation) {
    // Not the generated ones, see WorkerExit.

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof WorkerInfo worker
                && worker.pool.equals(pool)
                && worker.index == index
                && worker.pid == pid
                && worker.incarnation == incarnation;
    }

    @Override
    public int hashCode() {
        return Objects.hash(pool, index, pid, incarnation);
    }
}
