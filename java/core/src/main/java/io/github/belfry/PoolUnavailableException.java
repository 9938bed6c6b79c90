package io.github.belfry;

/** The pool takes no requests: it is closed, or its workers die one after the other without ever answering. */
public class PoolUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public PoolUnavailableException(String message) {
        super(message);
    }
}
