package io.github.belfry.internal.pool;

import io.github.belfry.PoolUnavailableException;
import io.github.belfry.WorkerException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Whether a pool takes requests, and what becomes of those that it has. Both are one value, so a thread that publishes
 * a request sees both as they belong together.
 */
final class Admission {
    private static final String CLOSED = "it is closed";

    private final String pool;
    private final Events events;
    private volatile State state = new State(null, null);

    Admission(String pool, Events events) {
        this.pool = pool;
        this.events = events;
    }

    /**
     * @param refusal why requests are refused; null while they are taken
     * @param failure what an unanswered request fails with; null while workers serve them
     */
    private record State(@Nullable String refusal, @Nullable Function<Request<?>, WorkerException> failure) {}

    /** For good: requests are refused from now on. Those that the pool has are still served. */
    synchronized void close() {
        state = new State(CLOSED, state.failure);
    }

    /** Requests are refused and those that the pool has fail, until {@link #admit}. */
    synchronized void refuse(String why, Function<Request<?>, WorkerException> failure) {
        state = new State(isClosed() ? CLOSED : why, failure);
    }

    /** Requests are taken and served again, unless the pool is closed. */
    synchronized void admit() {
        state = new State(isClosed() ? CLOSED : null, null);
    }

    /** For good. */
    boolean isClosed() {
        return CLOSED.equals(state.refusal);
    }

    boolean isOpen() {
        return state.refusal == null;
    }

    /** @throws PoolUnavailableException if requests are refused */
    void check() {
        String refusal = state.refusal;
        if (refusal != null) {
            throw new PoolUnavailableException("pool " + pool + ": " + refusal, false);
        }
    }

    /**
     * After the request has its future and is in a queue: either this sees the failure, or who refuses the request.
     *
     * @param deliver gets what completes the future
     */
    void failIfGivenUp(Request<?> request, Consumer<Runnable> deliver) {
        Function<Request<?>, WorkerException> failure = state.failure;
        if (failure != null) {
            deliver.accept(request.failing(request.id(), failure, this::tellFailed));
        }
    }

    void tellFailed(WorkerException failure) {
        events.requestFailed(null, failure);
    }
}
