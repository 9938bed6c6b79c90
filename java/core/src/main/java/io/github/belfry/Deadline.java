package io.github.belfry;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How long the oldest request of a place has been in hand. The time is taken at ticks and not at each request, which
 * costs the data path nothing; the clock of a request runs on through deaths and back-off. For the supervisor.
 */
final class Deadline {
    private static final long ABORT_GRACE_NANOS = 1_000_000_000L;

    private final PoolOptions options;
    private final Place place;
    private final ReplyThread replies;
    private long oldestId;
    private long killAtNanos;
    private @Nullable Life aborted;

    Deadline(PoolOptions options, Place place, ReplyThread replies) {
        this.options = options;
        this.place = place;
        this.replies = replies;
    }

    /** {@code delta} has passed since the last tick. */
    void tick(long now, long delta) {
        Life life = place.life();
        if (aborted != null && aborted != life) {
            aborted = null;
        } else if (aborted != null && now - killAtNanos >= 0) {
            aborted.kill();
        }
        Request<?> oldest = place.queue().peek();
        long id = oldest == null || oldest.isSettled() ? 0 : oldest.id();
        if (id != 0 && id == oldestId && !isOurTurn(life)) {
            oldest.inHandNanos += delta;
            if (oldest.inHandNanos >= options.requestTimeoutNanos()) {
                expire(oldest, life, now);
            }
        }
        oldestId = id;
    }

    /** Whether the worker has answered and we haven't read it, or it waits for us to make room. */
    private boolean isOurTurn(@Nullable Life life) {
        return life != null
                && (life.reader().hasMore()
                        || place.isConsumed() && life.ringer().isAsleep());
    }

    /** What has no future yet is polled for by its caller; the next tick finds it. */
    private void expire(Request<?> request, @Nullable Life life, long now) {
        String message = "pool " + options.name() + ": no reply within "
                + TimeUnit.NANOSECONDS.toMillis(options.requestTimeoutNanos()) + " ms"
                + (life == null ? ", its workers died" : " from " + life.child() + ", which is ended");
        replies.fail(Dispatcher.fail(request, expired -> new RequestTimeoutException(message)));
        if (life != null && place.isUp() && request.isSettled() && aborted == null) {
            aborted = life;
            killAtNanos = now + ABORT_GRACE_NANOS;
            life.child().ring(Signal.ABRT);
        }
    }
}
