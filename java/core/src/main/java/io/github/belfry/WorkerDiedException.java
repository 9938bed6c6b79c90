package io.github.belfry;

/**
 * A request was given up because workers died: as often as {@link WorkerPool.Builder#maxAttempts} with this request in
 * hand, or every worker of the pool again and again without one.
 */
public class WorkerDiedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient WorkerExit exit;
    private final int attempts;
    private final String stderrTail;

    public WorkerDiedException(String message, WorkerExit exit, int attempts, String stderrTail) {
        super(message);
        this.exit = exit;
        this.attempts = attempts;
        this.stderrTail = stderrTail;
    }

    /** How the last of them ended. */
    public WorkerExit exit() {
        return exit;
    }

    /** How many workers died with the request in hand. */
    public int attempts() {
        return attempts;
    }

    /** The last that the worker wrote to its standard error, up to 8 KiB; empty when that went elsewhere. */
    public String stderrTail() {
        return stderrTail;
    }
}
