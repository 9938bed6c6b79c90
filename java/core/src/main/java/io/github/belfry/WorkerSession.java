package io.github.belfry;

import io.github.belfry.internal.pool.Pool;
import io.github.belfry.internal.pool.Session;

/**
 * Requests that all go to one worker process, for what it keeps between them: a transaction, a handle, a loaded model.
 * They reach it in the order in which a thread gives them, none is moved to another worker, and none is tried again.
 * The worker has requests of the pool and of other sessions between them.
 *
 * <p>When that process ends, for whatever reason, the session is over: what isn't answered, and all that comes later,
 * fails with {@link WorkerDiedException}; {@code call} and {@code offer} throw it. No request ever reaches the worker
 * that is started in its place. To have that state again, open another session and build it up anew.
 *
 * <p>All methods may be called by any thread. {@code submit} and {@code call} wait while the worker's ring is full.
 */
public final class WorkerSession extends PoolRequester implements Requester, AutoCloseable {
    private final Session session;

    WorkerSession(Pool pool, Session session) {
        super(pool, session, pool.requestTimeoutNanos());
        this.session = session;
    }

    /** The index of its worker in the pool, from 0. */
    public int worker() {
        return session.worker();
    }

    /** The process id of its worker. */
    public long pid() {
        return session.pid();
    }

    /** False once its process has ended, before the first failure shows, or after {@link #close}. */
    public boolean isOpen() {
        return session.isOpen();
    }

    /**
     * Takes no more requests: later ones are an {@link IllegalStateException}. Those that were given to it are still
     * answered. Neither blocks nor ends the worker. Idempotent.
     */
    @Override
    public void close() {
        session.close();
    }
}
