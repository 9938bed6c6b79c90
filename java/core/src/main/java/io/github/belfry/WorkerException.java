package io.github.belfry;

import org.jspecify.annotations.Nullable;

/**
 * A request has no reply. Each of the pool's own exceptions is one of these: {@link WorkerFaultException},
 * {@link WorkerDiedException}, {@link RequestTimeoutException} and {@link PoolUnavailableException}.
 */
public abstract class WorkerException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final boolean mayHaveRun;

    /** {@code mayHaveRun} is what {@link #mayHaveRun()} gives. */
    public WorkerException(String message, boolean mayHaveRun) {
        this(message, mayHaveRun, null);
    }

    /** The same with a cause. */
    public WorkerException(String message, boolean mayHaveRun, @Nullable Throwable cause) {
        super(message, cause);
        this.mayHaveRun = mayHaveRun;
    }

    /**
     * Whether a worker may have begun the request, and may even run it still. False only when it certainly never reached
     * a worker: it was refused, there was no room for it, or its thread was interrupted before it was sent. Then it can
     * be sent again, or elsewhere, whatever its handler does.
     */
    public boolean mayHaveRun() {
        return mayHaveRun;
    }
}
