package io.github.belfry.internal.pool;

import io.github.belfry.internal.ring.Layout;
import io.github.belfry.internal.sys.Field;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A submitter's future. When it is completed from outside, its request is withdrawn unless it has begun. */
final class ReplyFuture<R> extends CompletableFuture<R> {
    private static final VarHandle REQUEST = Field.of(MethodHandles.lookup(), "request", Request.class);

    /** Its last form, for it may move between slots; null before it is published. */
    private volatile @Nullable Request<R> request;

    /**
     * After {@code published} was, instead of {@code before}: null at first, and pinned when it moves. A request that
     * was moved before its submitter came to say that it is published stays what it has become.
     */
    void isFor(@Nullable Request<?> before, Request<R> published) {
        REQUEST.compareAndSet(this, before, published);
    }

    /** {@code completed} itself: whether this call was what completed the future. */
    private boolean withdrawn(boolean completed) {
        if (completed) {
            withdraw();
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
        return withdrawn(super.complete(value));
    }

    @Override
    public boolean completeExceptionally(Throwable failure) {
        return withdrawn(super.completeExceptionally(failure));
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        return withdrawn(super.cancel(mayInterruptIfRunning));
    }

    /** What hangs on it is no request of its own. */
    @Override
    public <U> CompletableFuture<U> newIncompleteFuture() {
        return new CompletableFuture<>();
    }
}
