package io.github.belfry;

/**
 * A request took too long: it wasn't answered, or there was no room for it, within {@link Requester#withTimeout} or
 * {@link WorkerPool.Builder#requestTimeout}; or its worker had it in hand for
 * {@link WorkerPool.Builder#executionTimeout} and was ended.
 */
public class RequestTimeoutException extends WorkerException {
    private static final long serialVersionUID = 1;

    /** For a request that may have run. */
    public RequestTimeoutException(String message) {
        this(message, true);
    }

    /** {@code mayHaveRun} is false for a request that no worker had begun. */
    public RequestTimeoutException(String message, boolean mayHaveRun) {
        super(message, mayHaveRun);
    }
}
