package io.github.belfry.internal.pool;

import io.github.belfry.RequestTimeoutException;
import io.github.belfry.WorkerInfo;
import io.github.belfry.internal.ring.Layout;
import io.github.belfry.internal.sys.Field;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.CompletableFuture;

/**
 * The times by which requests have to be answered, wherever they are then. Only the earliest is kept: when it is over,
 * the supervisor looks at all requests. With the same time for each request that is once in such a time, and it costs a
 * request one load.
 */
public final class Deadlines {
    public static final long NEVER = Long.MAX_VALUE;
    private static final VarHandle NEXT_NANOS = Field.of(MethodHandles.lookup(), "nextNanos", long.class);
    private static final long MIN_PAUSE_NANOS = 1_000_000;

    /** A look takes a tenth of the supervisor's time at most. */
    private static final int PAUSES_PER_LOOK = 10;

    private final PoolOptions options;
    private final Placement placement;
    private final ReplyThread replies;
    private final Events events;

    /** Not later than that of any request that is in a queue. */
    private volatile long nextNanos = NEVER;

    // Of the look that is under way.
    private long now;
    private long earliest;

    Deadlines(PoolOptions options, Placement placement, ReplyThread replies, Events events) {
        this.options = options;
        this.placement = placement;
        this.replies = replies;
        this.events = events;
    }

    /** When {@code expire} has something to do. */
    long nextNanos() {
        return nextNanos;
    }

    /**
     * A request with this deadline is in a queue, maybe instead of another one; the caller has fenced since. True when
     * the supervisor has to be woken.
     */
    boolean add(long deadlineNanos) {
        for (long next = nextNanos; deadlineNanos < next; next = nextNanos) {
            if (NEXT_NANOS.compareAndSet(this, next, deadlineNanos)) {
                return true;
            }
        }
        return false;
    }

    /** Fails what is late. For the supervisor. */
    void expire() {
        now = System.nanoTime();
        if (now < nextNanos) {
            return;
        }
        nextNanos = NEVER; // volatile: who publishes a request meanwhile sees this, or the request is seen here
        VarHandle.fullFence();
        earliest = NEVER;
        boolean done = false;
        try {
            placement.forEachRequest(this::look);
            done = true;
        } finally {
            long after = System.nanoTime();
            long pause = Math.max(MIN_PAUSE_NANOS, PAUSES_PER_LOOK * (after - now));
            if (!done || earliest != NEVER) {
                add(Math.max(done ? earliest : 0, after + pause));
            }
        }
    }

    private void look(Request<?> request) {
        CompletableFuture<?> future = request.future; // first: see Request.timing
        if (request.isSettled()) {
            return;
        }
        long deadline = request.timing().deadlineNanos();
        if (deadline > now) {
            earliest = Math.min(earliest, deadline);
        } else if (future == null) {
            earliest = now; // its caller polls, and gives up in a moment
        } else if (!future.isDone()) {
            expire(request, future);
        }
    }

    private void expire(Request<?> request, CompletableFuture<?> future) {
        // Allocate before the irreversible withdrawal.
        String message = "pool " + options.name() + ": no reply within "
                + request.timing().timeoutMillis();
        RequestTimeoutException notBegun = new RequestTimeoutException(message + " ms, no worker had begun it", false);
        RequestTimeoutException begun = new RequestTimeoutException(message + " ms, a worker has begun it", true);
        Destination there = request.destination();
        if (there == null || !there.isPublished(request) || !request.pin()) {
            return; // answered, or not there yet, or it moves: then it is looked at again
        }
        Incarnation running = there instanceof Slot slot ? slot.incarnation() : null;
        boolean takenBack = there.withdraw(request, Layout.SKIP | Layout.ABANDONED);
        RequestTimeoutException failure = takenBack && !request.hasBegun ? notBegun : begun;
        WorkerInfo inHand = takenBack || running == null ? null : running.info();
        replies.fail(() -> {
            if (!future.isDone()) {
                there.timedOut();
                events.requestFailed(inHand, failure);
            }
            future.completeExceptionally(failure);
        });
    }
}
