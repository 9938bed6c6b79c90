package io.github.belfry;

import io.github.belfry.internal.pool.LoggingListener;
import org.jspecify.annotations.Nullable;

/**
 * Is told what happens in a {@link WorkerPool}, see {@link WorkerPool.Builder#listener}. Each method does nothing
 * unless it is overridden.
 *
 * <p><b>Threads.</b> One thread for each pool calls the listener, one event after the other, in the order in which they
 * happened; a listener of several pools is called by as many threads. The thread ends with the pool. A listener may
 * block, send requests and close the pool; meanwhile events wait. What it throws is logged, once for each kind, and does
 * no harm.
 *
 * <p><b>Waiting events.</b> While more than 2,048 wait, lines of standard error are dropped; how many is told by an
 * {@link #errorLine} in their place. No other event is dropped.
 *
 * <p><b>The end.</b> {@link WorkerPool#close} returns when the listener has been told everything, but waits for it no
 * longer than {@link WorkerPool.Builder#closeGrace}; what it hasn't been told by then it isn't told.
 */
public interface PoolListener {
    /**
     * What a pool has unless another listener is set: logs to the {@link System.Logger} "io.github.belfry". A worker that
     * is ready, one that has ended with 0 or by SIGTERM or SIGINT, and a failed request, whose caller is told as well,
     * are {@code DEBUG}; lines of standard error and a breaker that closes are {@code INFO}; everything else is
     * {@code WARNING}.
     */
    static PoolListener logging() {
        return LoggingListener.OF_ANY_POOL;
    }

    /** The worker is ready: its {@code init} has succeeded. */
    default void workerStarted(WorkerInfo worker) {}

    /**
     * The worker has ended, whether it was ready before or not, by itself or because it was told to.
     *
     * @param stderrTail the last 8 KiB that it wrote to standard error; empty when that goes elsewhere
     */
    default void workerEnded(WorkerInfo worker, WorkerExit exit, String stderrTail) {}

    /**
     * The worker has written what no worker may write into its ring of replies, and is killed.
     *
     * @param brokenRule what is wrong there
     */
    default void workerQuarantined(WorkerInfo worker, String brokenRule) {}

    /**
     * A request has failed. Not called for {@link WorkerFaultException}, which is a worker's answer, nor for requests
     * that were refused because the pool is closed or its breaker open, nor for cancelled ones.
     *
     * @param worker the one that had it in hand; null when none had
     */
    default void requestFailed(@Nullable WorkerInfo worker, WorkerException why) {}

    /**
     * The workers keep dying: unanswered requests fail and new ones are refused, see
     * {@link WorkerPool.Builder#breaker}.
     */
    default void breakerOpened(String why) {}

    /** A worker is ready again, and requests are taken. */
    default void breakerClosed() {}

    /**
     * The worker has written a line to its standard error, which the pool doesn't pass on otherwise. Not called where
     * {@link WorkerPool.Builder#process} has set standard error.
     *
     * @param line as UTF-8, without its newline; one of more than 4 KiB comes in pieces
     */
    default void errorLine(WorkerInfo worker, String line) {}

    /** Something has failed in one of the pool's own threads, which goes on. Called once for each kind and thread. */
    default void internalError(Throwable failure) {}
}
