package io.github.belfry.support;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/** A call in a thread of its own, whose state can be looked at meanwhile. */
public final class OwnCall<T> {
    private final CompletableFuture<T> result = new CompletableFuture<>();
    private final Thread thread;

    public OwnCall(Callable<T> call) {
        thread = new Thread(() -> {
            try {
                result.complete(call.call());
            } catch (Throwable e) {
                result.completeExceptionally(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    public Thread thread() {
        return thread;
    }

    public CompletableFuture<T> result() {
        return result;
    }
}
