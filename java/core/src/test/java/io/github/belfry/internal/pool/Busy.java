package io.github.belfry.internal.pool;

import io.github.belfry.Inside;
import io.github.belfry.Requester;
import io.github.belfry.WorkerPool;
import io.github.belfry.support.Await;
import io.github.belfry.support.Requests;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

/** Workers that are busy. */
final class Busy {
    private Busy() {}

    /** The first worker of the pool has a request in hand, until the gate is there. */
    static CompletableFuture<byte[]> until(Path gate, WorkerPool pool) throws Exception {
        return until(gate, pool, pool, 0);
    }

    /** The same for a worker to which the requester's next request goes. */
    static CompletableFuture<byte[]> until(Path gate, WorkerPool pool, Requester requester, int worker)
            throws Exception {
        CompletableFuture<byte[]> first = requester.submit(Requests.bytes("wait " + gate));
        awaitBegun(pool, worker);
        return first;
    }

    static void awaitBegun(WorkerPool pool, int worker) throws Exception {
        Incarnation incarnation = Inside.of(pool).slots().get(worker).incarnation();
        Await.until("it has begun", () -> incarnation.inHand() > 0);
    }
}
