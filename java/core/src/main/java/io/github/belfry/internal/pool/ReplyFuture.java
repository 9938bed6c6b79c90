package io.github.belfry.internal.pool;

import io.github.belfry.WorkerException;
import io.github.belfry.internal.ring.Layout;
import io.github.belfry.internal.sys.Field;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A submitter's future. When it is completed from outside, its request is withdrawn unless it has begun. */
class ReplyFuture<R> extends CompletableFuture<R> {
    private static final VarHandle REQUEST = Field.of(MethodHandles.lookup(), "request", Request.class);

    /** Its last form, for it may move between slots; null before it is published, and when this is completed. */
    private volatile @Nullable Request<R> request;

    private final @Nullable Trace trace;

    /** {@code trace} is told of its completion. */
    ReplyFuture(@Nullable Trace trace) {
        this.trace = trace;
    }

    /**
     * After {@code published} was, and before the form that it replaces is settled. It may have moved on since: a later
     * form stays.
     */
    void isFor(Request<R> published) {
        Request<R> known = request;
        while ((known == null || known.moves < published.moves) && !REQUEST.compareAndSet(this, known, published)) {
            known = request;
        }
        if (isDone()) {
            request = null;
        }
    }

    /** {@code completed} itself: whether this call was what completed the future. */
    private boolean withdrawn(boolean completed) {
        if (completed) {
            withdraw();
            request = null; // a request is a link to all that came after it
        }
        return completed;
    }

    private void withdraw() {
        for (Request<R> tried = null; tried != request; ) {
            tried = request;
            if (tried != null && tried.pin()) {
                Objects.requireNonNull(tried.destination()).withdraw(tried, Layout.SKIP | Layout.ABANDONED);
                return;
            }
        }
    }

    @Override
    public boolean complete(R value) {
        tell(false, null);
        return withdrawn(super.complete(value));
    }

    @Override
    public boolean completeExceptionally(Throwable failure) {
        tell(failure instanceof WorkerException, failure);
        return withdrawn(super.completeExceptionally(failure));
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        tellCancelled();
        return withdrawn(super.cancel(mayInterruptIfRunning));
    }

    /** What hangs on it is no request of its own. */
    @Override
    public <U> CompletableFuture<U> newIncompleteFuture() {
        return new CompletableFuture<>();
    }

    /** The pool settles a request first; until its submitter has said which it is, no other thread has the future. */
    private boolean isCompletedByPool() {
        Request<R> mine = request;
        return mine == null || mine.isSettled();
    }

    /** Before dependents run, which may block. Of two completions at the same time the wrong one may be told. */
    private void tell(boolean byPool, @Nullable Throwable failure) {
        if (trace == null || isDone()) {
            return;
        }
        if (byPool || isCompletedByPool()) {
            trace.ended(failure);
        } else {
            trace.withdrawn();
        }
    }

    /** What has cancelled it isn't the pool. */
    private void tellCancelled() {
        if (trace != null && !isDone()) {
            trace.withdrawn();
        }
    }
}
