package io.github.belfry;

/**
 * A request took longer than {@link WorkerPool.Builder#requestTimeout}: its worker had it in hand for so long and was
 * ended, or there was no room in any ring for so long and it was never sent.
 */
public class RequestTimeoutException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public RequestTimeoutException(String message) {
        super(message);
    }
}
