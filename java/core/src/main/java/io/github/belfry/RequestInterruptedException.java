package io.github.belfry;

/**
 * The calling thread was interrupted while it waited: for room in a ring, and then nothing was sent, or for the reply,
 * and then the request is withdrawn, unless its worker has begun it; {@link #mayHaveRun} tells which. The thread's interrupt flag is set.
 */
public class RequestInterruptedException extends WorkerException {
    private static final long serialVersionUID = 1;

    /** For a request that may have run. */
    public RequestInterruptedException(String message) {
        this(message, true);
    }

    /** {@code mayHaveRun} is false for a request that was never sent. */
    public RequestInterruptedException(String message, boolean mayHaveRun) {
        super(message, mayHaveRun);
    }
}
