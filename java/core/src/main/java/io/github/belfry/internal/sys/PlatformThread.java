package io.github.belfry.internal.sys;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/**
 * Where a native call may block for long. In a virtual thread it would hold the carrier, of which there are as many as
 * processors: programs that virtual threads run could wait for each other for ever.
 */
public final class PlatformThread {
    private PlatformThread() {}

    /**
     * Calls it in this thread, or from a virtual one in a platform thread made for that. Blocks as long as the call
     * takes; an interrupt of this thread is one of the other.
     */
    public static <T> T call(String name, Callable<T> task) throws Exception {
        if (!VirtualThreads.isCurrent()) {
            return task.call();
        }
        CompletableFuture<T> result = new CompletableFuture<>();
        Thread thread = DaemonThread.start(name, () -> {
            try {
                result.complete(task.call());
            } catch (Throwable e) {
                result.completeExceptionally(e);
            }
        });
        try {
            return await(result, thread);
        } catch (ExecutionException | CompletionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw (Exception) e.getCause();
        }
    }

    private static <T> T await(CompletableFuture<T> result, Thread thread) throws ExecutionException {
        try {
            return result.get();
        } catch (InterruptedException e) {
            thread.interrupt();
            Throwable failure = result.handle((value, thrown) -> thrown).join();
            if (!(failure instanceof InterruptedException)) {
                Thread.currentThread().interrupt();
            }
            return result.join();
        }
    }
}
