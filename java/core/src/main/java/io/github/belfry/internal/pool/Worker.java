package io.github.belfry.internal.pool;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The worker of a slot: the state that it is in, and the incarnation that serves it now.
 *
 * <pre>
 *               started            ready             abort
 *      DOWN ------------> STARTING ------> READY ------------> ABORTING
 *       ^                     |              |                     |
 *       |                     +--------------+---------------------+
 *       |                                    | its process has ended
 *       |  its last replies are taken        v
 *       +--------------------------------- ENDED
 *
 *               incarnation        serves requests    due at
 *   DOWN        none               no                 its next start
 *   STARTING    its init runs      no                 its end, if it isn't ready by then
 *   READY       runs               yes                -
 *   ABORTING    got SIGABRT        yes                its end by SIGKILL
 *   ENDED       the dead one       no                 -
 * </pre>
 *
 * <p>The supervisor makes all transitions; those that change the incarnation it makes under the slot's consumer lock.
 * Any thread may ask for the state and the incarnation.
 */
final class Worker {
    static final long NEVER = Long.MAX_VALUE;
    private static final long ABORT_GRACE_NANOS = 1_000_000_000L;

    enum State {
        DOWN,
        STARTING,
        READY,
        ABORTING,
        ENDED
    }

    private volatile State state = State.DOWN;
    private volatile @Nullable Incarnation incarnation;
    private long dueNanos = NEVER;
    private boolean late;
    private boolean aborted;
    private long readyAtNanos = NEVER;

    State state() {
        return state;
    }

    /** The one that runs, or the dead one whose last replies aren't taken yet. */
    @Nullable
    Incarnation incarnation() {
        return incarnation;
    }

    /** The incarnation whose process hasn't ended. */
    @Nullable
    Incarnation running() {
        Incarnation current = incarnation;
        return current == null || current.exit() != null ? null : current;
    }

    /** Whether requests are sent here before others. */
    boolean isServing() {
        State now = state;
        return now == State.READY || now == State.ABORTING;
    }

    boolean isDown() {
        return state == State.DOWN;
    }

    // ---- For the supervisor

    /** When the next start or end of an incarnation is due. */
    long dueNanos() {
        return dueNanos;
    }

    boolean isDue(long now) {
        return dueNanos <= now;
    }

    /** While it is down: when the next incarnation starts. */
    void startAt(long nanos) {
        dueNanos = nanos;
    }

    /** DOWN to STARTING, under the consumer lock. */
    void started(Incarnation next, long readyByNanos) {
        late = false;
        aborted = false;
        readyAtNanos = NEVER;
        incarnation = next;
        dueNanos = readyByNanos;
        state = State.STARTING;
    }

    /** STARTING to READY. */
    void ready() {
        dueNanos = NEVER;
        readyAtNanos = System.nanoTime();
        state = State.READY;
    }

    /** READY to ABORTING, by SIGABRT: its request has taken too long. */
    void abort(long now) {
        aborted = true;
        dueNanos = PoolOptions.later(now, ABORT_GRACE_NANOS);
        state = State.ABORTING;
        Objects.requireNonNull(incarnation).abort();
    }

    /** Kills an incarnation that wasn't ready in time, or doesn't end by SIGABRT. */
    void killIfDue(long now) {
        if (isDue(now) && (state == State.STARTING || state == State.ABORTING)) {
            late = state == State.STARTING;
            dueNanos = NEVER;
            Objects.requireNonNull(incarnation).kill();
        }
    }

    /** To ENDED: nothing is sent here any more. */
    void ended() {
        dueNanos = NEVER;
        state = State.ENDED;
    }

    /** ENDED to DOWN, under the consumer lock. At the end of the pool from any state, and for good. */
    void down() {
        state = State.DOWN;
        incarnation = null;
    }

    boolean wasReady() {
        return readyAtNanos != NEVER;
    }

    /** Since it got ready. */
    long readyNanos() {
        return System.nanoTime() - readyAtNanos;
    }

    /** Whether it was killed because it wasn't ready in time. */
    boolean wasLate() {
        return late;
    }

    /** Whether it was told to abort: its death is no request's fault but the one's that has timed out. */
    boolean wasAborted() {
        return aborted;
    }
}
