package io.github.belfry;

import io.github.belfry.internal.ring.SlotCounters;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a slot of a pool has counted, in all its incarnations. The worker counts in shared memory, so this can be
 * read while it works and after it has died; a worker that writes nonsense there makes nonsense here.
 *
 * @param index of its slot, from 0; -1 for a total
 * @param pid of its present incarnation, 0 while there is none
 * @param answered requests, those with a code included
 * @param faults requests that were answered with a code
 * @param deaths of workers at this slot
 * @param inFlight requests in its ring, which wait for it or are in hand
 * @param busy how long its workers have had something to do, up to now; of a dead one up to its death
 * @param wakes how often it woke from sleep and had something to do
 * @param signals doorbell signals that it took
 * @param rescues how often only the safety net woke the worker, or the master for it: 0, or a doorbell was lost
 * @param withdrawn requests that were cancelled, or timed out, before the worker had begun them; one that moves to
 *     another worker isn't withdrawn
 * @param timedOut requests that failed with {@link RequestTimeoutException}, withdrawn or begun
 * @param queued of a total: requests that wait in the pool and in no ring; 0 of a worker
 */
public record WorkerStats(
        int index,
        long pid,
        long answered,
        long faults,
        long deaths,
        long inFlight,
        Duration busy,
        long wakes,
        long signals,
        long rescues,
        long withdrawn,
        long timedOut,
        long queued) {

    // Not the generated ones, see WorkerExit; the text has all components.

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof WorkerStats stats && stats.toString().equals(toString());
    }

    @Override
    public int hashCode() {
        return toString().hashCode();
    }

    /** Both together; the index and the pid are lost. */
    WorkerStats plus(WorkerStats other) {
        return new WorkerStats(
                -1,
                0,
                answered + other.answered,
                faults + other.faults,
                deaths + other.deaths,
                inFlight + other.inFlight,
                Duration.ofNanos(nanos(busy) + nanos(other.busy)),
                wakes + other.wakes,
                signals + other.signals,
                rescues + other.rescues,
                withdrawn + other.withdrawn,
                timedOut + other.timedOut,
                queued + other.queued);
    }

    private static long nanos(Duration busy) {
        return busy.getSeconds() * 1_000_000_000L + busy.getNano();
    }

    /** Of what is in no ring, as a part of a total. */
    static WorkerStats of(SlotCounters.Queue queue) {
        return new WorkerStats(
                -1, 0, 0, 0, 0, 0, Duration.ZERO, 0, 0, 0, queue.withdrawn(), queue.timedOut(), queue.size());
    }

    static WorkerStats of(SlotCounters slot) {
        return new WorkerStats(
                slot.index(),
                slot.pid(),
                slot.answered(),
                slot.faults(),
                slot.deaths(),
                Math.max(0, slot.submitted() - slot.settled()),
                Duration.ofNanos(slot.busyNanos()),
                slot.wakes(),
                slot.signals(),
                slot.rescues(),
                slot.withdrawn(),
                slot.timedOut(),
                0);
    }
}
