package io.github.belfry;

/**
 * A request took longer than {@link WorkerPool.Builder#requestTimeout}: its worker had it in hand for so long and was
 * ended, or there was no room in any ring for so long and it was never sent.
 */
public class RequestTimeoutException extends WorkerException {
    private static final long serialVersionUID = 1;

    /** For a request that may have run. */
    public RequestTimeoutException(String message) {
        this(message, true);
    }

    /** {@code mayHaveRun} is false for a request that was never sent. */
    public RequestTimeoutException(String message, boolean mayHaveRun) {
        super(message, mayHaveRun);
    }
}
