package io.github.belfry;

import org.jspecify.annotations.Nullable;

/**
 * A request was given up because workers died: as often as {@link WorkerPool.Builder#maxAttempts} with this request in
 * hand, or every worker of the pool again and again without one, or the one of its {@link WorkerSession}.
 */
public class WorkerDiedException extends WorkerException {
    private static final long serialVersionUID = 1;

    private final WorkerExit exit;
    private final int attempts;
    private final String stderrTail;

    public WorkerDiedException(String message, WorkerExit exit, int attempts, String stderrTail) {
        this(message, exit, attempts, stderrTail, null);
    }

    /** {@code cause} is why a worker could not be started again; {@code exit} is {@code Lost} then. */
    public WorkerDiedException(
            String message, WorkerExit exit, int attempts, String stderrTail, @Nullable Throwable cause) {
        this(message, exit, attempts, stderrTail, true, cause);
    }

    /** {@code mayHaveRun} is false for a session's request that its worker had not begun. */
    public WorkerDiedException(
            String message,
            WorkerExit exit,
            int attempts,
            String stderrTail,
            boolean mayHaveRun,
            @Nullable Throwable cause) {
        super(message, mayHaveRun, cause);
        this.exit = exit;
        this.attempts = attempts;
        this.stderrTail = stderrTail;
    }

    /** How the last of them ended; {@code Lost} when it could not be started again, {@link #getCause} says why. */
    public WorkerExit exit() {
        return exit;
    }

    /** How many workers died with the request in hand. */
    public int attempts() {
        return attempts;
    }

    /**
     * The last that the worker wrote to its standard error, up to 8 KiB; empty when that went elsewhere, or no worker
     * ran.
     */
    public String stderrTail() {
        return stderrTail;
    }
}
