package io.github.belfry.internal.pool;

import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerStartException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How the last incarnation of a slot ended.
 *
 * @param cause why the next one could not be started; null when one ran and ended
 */
record LastEnd(WorkerExit exit, String stderrTail, @Nullable Throwable cause) {
    @Override
    public String toString() {
        if (cause != null) {
            return "it could not be started again: " + cause.getMessage();
        }
        return exit + (stderrTail.isBlank() ? "" : "; it said: " + stderrTail.strip());
    }

    /** For a pool that doesn't start, when this was before the worker was ready. */
    WorkerStartException beforeReady(PoolOptions options, boolean late) {
        String how = late
                ? "it wasn't ready within " + TimeUnit.NANOSECONDS.toMillis(options.startTimeoutNanos()) + " ms"
                : "it ended before it was ready: " + this;
        return new WorkerStartException(
                "cannot start " + options.launch().program() + ": " + how, "ready", "", exit, stderrTail);
    }
}
