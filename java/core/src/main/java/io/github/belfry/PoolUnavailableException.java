package io.github.belfry;

/** The pool takes no requests: it is closed, or its workers die one after the other without ever answering. */
public class PoolUnavailableException extends WorkerException {
    private static final long serialVersionUID = 1;

    /** For a request that may have run. */
    public PoolUnavailableException(String message) {
        this(message, true);
    }

    /** {@code mayHaveRun} is false for a request that was never sent. */
    public PoolUnavailableException(String message, boolean mayHaveRun) {
        super(message, mayHaveRun);
    }
}
