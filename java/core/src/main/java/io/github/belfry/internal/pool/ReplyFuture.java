package io.github.belfry.internal.pool;

import io.github.belfry.internal.ring.Layout;
import io.github.belfry.internal.sys.Field;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A submitter's future. When it is completed from outside, its request is withdrawn unless it has begun. */
final class ReplyFuture<R> extends CompletableFuture<R> {
    private static final VarHandle REQUEST = Field.of(MethodHandles.lookup(), "request", Request.class);

    /** Its last form, for it may move between slots; null before it is published. */
    private volatile @Nullable Request<R> request;

    /** After the request was published; a request that moves is pinned until then. */
    void isFor(Request<R> published) {
        REQUEST.setRelease(this, published);
    }

    private void withdraw() {
        for (Request<R> tried = null; tried != request; ) {
            tried = request;
            if (tried != null && tried.pin()) {
                Slot slot = tried.slot();
                if (slot != null) {
                    slot.withdraw(tried, Layout.SKIP | Layout.ABANDONED);
                }
                return;
            }
        }
    }

    @Override
    public boolean complete(R value) {
        boolean completed = super.complete(value);
        if (completed) {
            withdraw();
        }
        return completed;
    }

    @Override
    public boolean completeExceptionally(Throwable failure) {
        boolean completed = super.completeExceptionally(failure);
        if (completed) {
            withdraw();
        }
        return completed;
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        boolean cancelled = super.cancel(mayInterruptIfRunning);
        if (cancelled) {
            withdraw();
        }
        return cancelled;
    }

    /** What hangs on it is no request of its own. */
    @Override
    public <U> CompletableFuture<U> newIncompleteFuture() {
        return new CompletableFuture<>();
    }
}
