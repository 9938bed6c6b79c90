package io.github.belfry.internal.pool;

import io.github.belfry.RequestTimeoutException;
import io.github.belfry.internal.ring.Layout;
import io.github.belfry.internal.sys.LastLine;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How long a worker has had its request in hand. The time is taken at ticks and not at each request, which costs the
 * data path nothing; the clock of a request runs on through deaths and back-off, but not while the VM or the worker is
 * stopped, or the worker waits for room that a reply has which its caller reads in place. For that a caller may take
 * long, or for ever: then another worker goes on. A tick also looks for a worker that breaks a rule without ringing, and
 * for replies to a map that nobody takes. For the supervisor.
 */
final class ExecutionTimeout {
    private static final long MAX_TICK_NANOS = 25_000_000;
    private static final long MIN_TICK_NANOS = 1_000_000;
    private static final long MAX_WAIT_FOR_READER_NANOS = 1_000_000_000L;

    /** How often in its time a worker is asked whether it is stopped, and how many ticks there are at least. */
    private static final int LOOKS_PER_TIMEOUT = 16;

    private final PoolOptions options;
    private final Slot slot;
    private final ReplyThread replies;
    private final Events events;
    private long idBefore;
    private long waitedForReaderNanos;
    private long takenBefore;

    /** Time of the request in hand that isn't counted before it is known that the worker ran. */
    private long unconfirmedNanos;

    ExecutionTimeout(PoolOptions options, Slot slot, ReplyThread replies, Events events) {
        this.options = options;
        this.slot = slot;
        this.replies = replies;
        this.events = events;
    }

    static long tickNanos(PoolOptions options) {
        return Math.max(MIN_TICK_NANOS, Math.min(MAX_TICK_NANOS, options.executionTimeoutNanos() / LOOKS_PER_TIMEOUT));
    }

    /** {@code delta} has passed since the last tick. */
    void tick(long now, long delta) {
        Incarnation running = slot.worker().running();
        Request<?> inHand = inHand(running);
        long id = inHand == null ? 0 : inHand.id();
        boolean isSame = id != 0 && id == idBefore;
        boolean waitsForReader = isSame && waitsForReader(running);
        waitedForReaderNanos = waitsForReader ? waitedForReaderNanos + delta : 0;
        if (id != idBefore) {
            unconfirmedNanos = 0;
        } else if (waitedForReaderNanos >= MAX_WAIT_FOR_READER_NANOS && isReplaceable(running)) {
            slot.worker().abort(now);
        } else if (isSame && !waitsForReader) {
            unconfirmedNanos += delta;
            confirm(running, inHand);
            if (inHand.inHandNanos >= options.executionTimeoutNanos()) {
                expire(inHand, id, now);
            }
        }
        idBefore = id;
        slot.answers().checkUnread();
        lookForAbandoned(running);
    }

    /** Replies of a map whose thread doesn't come for them: the worker didn't ring, and may wait for their room. */
    private void lookForAbandoned(@Nullable Incarnation running) {
        if (running == null) {
            return;
        }
        long taken = running.reader().taken();
        if (taken == takenBefore && slot.sleep().isAwake() && running.reader().hasMore() && !slot.isConsumed()) {
            replies.look(slot);
        }
        takenBefore = taken;
    }

    /** Counts the time, in pieces, unless the worker is stopped: a look costs some microseconds. */
    private void confirm(@Nullable Incarnation running, Request<?> inHand) {
        long timeout = options.executionTimeoutNanos();
        if (unconfirmedNanos >= timeout / LOOKS_PER_TIMEOUT || inHand.inHandNanos + unconfirmedNanos >= timeout) {
            if (running == null || !running.child().isStopped()) {
                inHand.inHandNanos += unconfirmedNanos;
            }
            unconfirmedNanos = 0;
        }
    }

    /**
     * The oldest request that the worker hasn't answered, settled or not: it is what the worker is busy with. Answers
     * that no thread has read yet are passed over by the worker's own count of them; a worker that lies there hides its
     * own hang for as long as that lasts. Without a worker it is the oldest that isn't settled.
     */
    private @Nullable Request<?> inHand(@Nullable Incarnation running) {
        Request<?> request = slot.queue().peek();
        if (running == null) {
            while (request != null && request.isSettled()) {
                request = request.next;
            }
            return request;
        }
        long unread = running.reader().hasMore()
                ? running.replies().get(Layout.ANSWERED)
                        + running.replies().get(Layout.SKIPS)
                        - running.reader().answers()
                        - running.reader().skips()
                : 0;
        for (long i = 0; i < unread && request != null; i++) {
            request = request.next;
        }
        return request;
    }

    private static boolean waitsForReader(@Nullable Incarnation running) {
        return running != null && running.reader().isHeld() && running.ringer().isAsleep();
    }

    private boolean isReplaceable(@Nullable Incarnation running) {
        return running != null && running.sessions() == 0 && slot.worker().state() == Worker.State.READY;
    }

    private void expire(Request<?> request, long id, long now) {
        if (!request.isSettled(id)) {
            Incarnation incarnation = slot.incarnation();
            String message = "pool " + options.name() + ": no reply within "
                    + TimeUnit.NANOSECONDS.toMillis(options.executionTimeoutNanos()) + " ms"
                    + (incarnation == null
                            ? ", its workers died"
                            : " from " + incarnation.child() + ", which is ended"
                                    + LastLine.said(incarnation.stderr().text()));
            replies.fail(request.failing(id, expired -> new RequestTimeoutException(message), failure -> {
                slot.timedOut();
                events.requestFailed(incarnation == null ? null : incarnation.info(), failure);
            }));
        }
        // A request that isn't settled now is polled for by its caller, which gives up in a moment.
        if (slot.worker().state() == Worker.State.READY && request.isSettled(id)) {
            slot.worker().abort(now);
        }
    }
}
