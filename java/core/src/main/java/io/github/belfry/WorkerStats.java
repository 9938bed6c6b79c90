package io.github.belfry;

import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a worker's place in a pool has counted, in all its lives. The worker counts in shared memory, so this can be
 * read while it works and after it has died; a worker that writes nonsense there makes nonsense here.
 *
 * @param index of its place, from 0; -1 for a total
 * @param pid of its present life, 0 while there is none
 * @param answered requests, those with a code included
 * @param faults requests that were answered with a code
 * @param deaths of workers at this place
 * @param inFlight requests that wait or are in hand
 * @param busy time between idle and idle
 * @param wakes how often it woke from sleep and had something to do
 * @param signals doorbell signals that it took
 * @param rescues how often only the safety net woke the worker, or the master for it: 0, or a doorbell was lost
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
        long rescues) {

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
                rescues + other.rescues);
    }

    private static long nanos(Duration busy) {
        return busy.getSeconds() * 1_000_000_000L + busy.getNano();
    }

    /** From the headers of its rings; {@code replies} is null while there is no life. */
    static WorkerStats of(ByteBuffer requests, @Nullable ByteBuffer replies) {
        long answered = sum(requests, Layout.PAST_ANSWERED, replies, Layout.ANSWERED);
        long settled = answered + get(requests, Layout.WITHDRAWN);
        return new WorkerStats(
                (int) Layout.INT.getAcquire(requests, Layout.SLOT),
                replies == null ? 0 : (int) Layout.INT.getAcquire(replies, Layout.PID),
                answered,
                sum(requests, Layout.PAST_FAULTS, replies, Layout.FAULTS),
                get(requests, Layout.DEATHS),
                Math.max(0, get(requests, Layout.SUBMITTED) - settled),
                Duration.ofNanos(sum(requests, Layout.PAST_BUSY_NANOS, replies, Layout.BUSY_NANOS)),
                sum(requests, Layout.PAST_WAKES, replies, Layout.WAKES),
                sum(requests, Layout.PAST_SIGNALS, replies, Layout.SIGNALS),
                sum(requests, Layout.PAST_RESCUES, replies, Layout.RESCUES) + get(requests, Layout.MASTER_RESCUES));
    }

    private static long sum(ByteBuffer requests, int past, @Nullable ByteBuffer replies, int present) {
        return get(requests, past) + (replies == null ? 0 : get(replies, present));
    }

    private static long get(ByteBuffer header, int word) {
        return (long) Layout.LONG.getOpaque(header, word);
    }
}
