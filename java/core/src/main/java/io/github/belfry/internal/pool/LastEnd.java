package io.github.belfry.internal.pool;

import io.github.belfry.WorkerExit;
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
}
