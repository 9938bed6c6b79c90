package io.github.belfry;

/**
 * One worker process of a pool, for a {@link PoolListener}.
 *
 * @param pool the pool's name
 * @param index of its slot, from 0
 * @param pid its process id
 * @param incarnation from 1: counts the processes of this slot
 */
public record WorkerInfo(String pool, int index, long pid, long incarnation) {}
