package io.github.belfry.internal.pool;

import io.github.belfry.RequestTimeoutException;
import io.github.belfry.Signal;
import io.github.belfry.internal.ring.Layout;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How long a place's worker has had its request in hand. The time is taken at ticks and not at each request, which costs
 * the data path nothing; the clock of a request runs on through deaths and back-off. A tick also looks for a worker that
 * breaks a rule in silence. For the supervisor.
 */
final class Deadline {
    private static final long ABORT_GRACE_NANOS = 1_000_000_000L;
    private static final long NEVER = Long.MAX_VALUE;

    private final PoolOptions options;
    private final Place place;
    private final ReplyThread replies;
    private long idBefore;
    private @Nullable Life aborted;
    private long killAtNanos = NEVER;

    Deadline(PoolOptions options, Place place, ReplyThread replies) {
        this.options = options;
        this.place = place;
        this.replies = replies;
    }

    /** {@code delta} has passed since the last tick. */
    void tick(long now, long delta) {
        Life life = place.life();
        Request<?> inHand = inHand(life);
        long id = inHand == null ? 0 : inHand.id();
        if (id != 0 && id == idBefore && !isOurTurn(life)) {
            inHand.inHandNanos += delta;
            if (inHand.inHandNanos >= options.requestTimeoutNanos()) {
                expire(inHand, id, life, now);
            }
        }
        idBefore = id;
        place.checkUnread();
    }

    /**
     * The oldest request that the worker hasn't answered, settled or not: it is what the worker is busy with. Answers
     * that nobody has read yet, because a callback blocks, are passed over by the worker's own count of them; one that
     * lies there hides its own hang for as long as that lasts. Without a worker it is the oldest that isn't settled.
     */
    private @Nullable Request<?> inHand(@Nullable Life life) {
        Request<?> request = place.queue().peek();
        if (life == null || life.exit() != null) {
            while (request != null && request.isSettled()) {
                request = request.next;
            }
            return request;
        }
        long unread = life.reader().hasMore()
                ? life.replies().get(Layout.ANSWERED) - life.reader().answers()
                : 0;
        for (long i = 0; i < unread && request != null; i++) {
            request = request.next;
        }
        return request;
    }

    /** Whether the worker waits for a callback to give room back. */
    private boolean isOurTurn(@Nullable Life life) {
        return life != null
                && life.exit() == null
                && place.isConsumed()
                && life.ringer().isAsleep();
    }

    private void expire(Request<?> request, long id, @Nullable Life life, long now) {
        if (!request.isSettled(id)) {
            String message = "pool " + options.name() + ": no reply within "
                    + TimeUnit.NANOSECONDS.toMillis(options.requestTimeoutNanos()) + " ms"
                    + (life == null ? ", its workers died" : " from " + life.child() + ", which is ended");
            replies.fail(request.failing(id, expired -> new RequestTimeoutException(message)));
        }
        // One that isn't settled now is polled for by its caller, who gives up in a moment.
        if (life != null && life != aborted && place.isUp() && request.isSettled(id)) {
            aborted = life;
            killAtNanos = PoolOptions.later(now, ABORT_GRACE_NANOS);
            life.condemn();
            life.child().ring(Signal.ABRT);
        }
    }

    /** A worker that was told to abort and still lives is killed, whatever it does now. */
    void killIfDue(long now) {
        if (aborted != null && aborted != place.life()) {
            aborted = null;
            killAtNanos = NEVER;
        } else if (aborted != null && now >= killAtNanos) {
            killAtNanos = NEVER;
            aborted.kill();
        }
    }

    /** When {@code killIfDue} has something to do. */
    long nextNanos() {
        return killAtNanos;
    }
}
