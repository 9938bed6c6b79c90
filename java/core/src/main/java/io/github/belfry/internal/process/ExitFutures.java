package io.github.belfry.internal.process;

import io.github.belfry.WorkerExit;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** The futures of one process's end. */
final class ExitFutures {
    private final Queue<CompletableFuture<WorkerExit>> futures = new ConcurrentLinkedQueue<>();
    private volatile @Nullable WorkerExit exit;

    /** A new one. It is complete already when the end is known, otherwise the thread of exits completes it. */
    CompletableFuture<WorkerExit> add() {
        CompletableFuture<WorkerExit> future = new CompletableFuture<>();
        futures.removeIf(CompletableFuture::isDone);
        futures.add(future);
        WorkerExit known = exit;
        if (known != null && futures.remove(future)) {
            future.complete(known);
        }
        return future;
    }

    /** For a thread that holds the reaper, or is it. Again after it has failed. */
    void complete(WorkerExit how, Reaper reaper) {
        exit = how;
        for (CompletableFuture<WorkerExit> next = futures.peek(); next != null; next = futures.peek()) {
            CompletableFuture<WorkerExit> future = next;
            ExitThread.run(() -> future.complete(how), reaper);
            futures.remove(future);
        }
    }
}
