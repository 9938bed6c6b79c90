package io.github.belfry;

import java.util.Iterator;

/**
 * The replies of a {@link Requester#map(Iterator) map}, in the order of its requests. One thread at a time may use it.
 *
 * @param <R> what a reply is read as
 */
public interface Replies<R> extends Iterator<R>, AutoCloseable {
    /** Whether there is another element, which may be a failure. May block in the source of requests. */
    @Override
    boolean hasNext();

    /**
     * The reply to the next request. Sends requests and takes replies meanwhile; blocks until this reply is there, and in
     * the source of requests.
     *
     * @throws WorkerException if there is no reply to this request; the next call goes on with the next request
     * @throws RequestInterruptedException if this thread is interrupted while it waits; the flag stays set, no element is
     *     lost, and {@code next} may be called again
     * @throws PoolUnavailableException as a {@link WorkerException}, and once after the pool is closed: then this ends
     * @throws java.util.NoSuchElementException if there is no next element, or after {@link #close}
     */
    @Override
    R next();

    /** Withdraws the requests that no worker has begun, and ends this. Doesn't block. Idempotent. */
    @Override
    void close();
}
