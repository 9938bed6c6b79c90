package io.github.belfry.internal.pool;

import io.github.belfry.WorkerExit;
import io.github.belfry.internal.sys.LastLine;
import org.jspecify.annotations.Nullable;

/**
 * How the last incarnation of a slot ended.
 *
 * @param attached whether it had mapped its rings, as a program of the SDK does first
 * @param cause why the next one could not be started; null when one ran and ended
 */
record LastEnd(
        WorkerExit exit,
        boolean attached,
        String stderrTail,
        @Nullable Throwable cause) {

    /** None ran, for this reason, if any. */
    static LastEnd notStarted(@Nullable Throwable cause) {
        return new LastEnd(new WorkerExit.Lost(), true, "", cause);
    }

    /** What a message says behind the reason of the end. */
    String remarks() {
        return (attached ? "" : "; it never mapped its rings: is it written with belfry/worker.h?")
                + LastLine.said(stderrTail);
    }

    @Override
    public String toString() {
        return cause == null ? exit + remarks() : "it could not be started again: " + cause.getMessage();
    }
}
