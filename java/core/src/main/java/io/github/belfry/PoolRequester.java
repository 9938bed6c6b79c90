package io.github.belfry;

import io.github.belfry.internal.pool.Deadlines;
import io.github.belfry.internal.pool.Pool;
import io.github.belfry.internal.pool.PoolAccess;
import io.github.belfry.internal.pool.Route;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;

/** Requests that take the same way, to any worker or to a session's, and have the same time each. */
class PoolRequester implements Requester {
    static {
        PoolAccess.grant(pool -> ((WorkerPool) pool).pool()); // each pool has an object of this class
    }

    private final Pool pool;
    private final Route route;
    private final long timeoutNanos;

    /** {@code timeoutNanos} is {@link Deadlines#NEVER} for none. */
    PoolRequester(Pool pool, Route route, long timeoutNanos) {
        this.pool = pool;
        this.route = route;
        this.timeoutNanos = timeoutNanos;
    }

    @Override
    public <R> R call(
            int type, int size, Consumer<? super ByteBuffer> write, Function<? super ByteBuffer, ? extends R> read) {
        return pool.dispatcher().call(route, timeoutNanos, type, size, write, exactly(read));
    }

    @Override
    public <R> CompletableFuture<R> submit(
            int type, int size, Consumer<? super ByteBuffer> write, Function<? super ByteBuffer, ? extends R> read) {
        return pool.dispatcher().submit(route, timeoutNanos, type, size, write, exactly(read));
    }

    @Override
    public <R> Optional<CompletableFuture<R>> offer(
            int type, int size, Consumer<? super ByteBuffer> write, Function<? super ByteBuffer, ? extends R> read) {
        return pool.dispatcher().offer(route, timeoutNanos, type, size, write, exactly(read));
    }

    @Override
    public <T, R> Replies<R> map(
            Iterator<? extends T> requests,
            RequestWriter<? super T> writer,
            Function<? super ByteBuffer, ? extends R> read) {
        return new MapReplies<>(pool.dispatcher().map(route, timeoutNanos, requests, writer, exactly(read)));
    }

    @SuppressWarnings("unchecked") // a function only takes the one and gives the other
    private static <R> Function<ByteBuffer, R> exactly(Function<? super ByteBuffer, ? extends R> read) {
        return (Function<ByteBuffer, R>) read;
    }

    @Override
    public Requester withTimeout(Duration total) {
        return new PoolRequester(pool, route, TimeUnit.NANOSECONDS.convert(total));
    }

    @Override
    public int maxRequestBytes() {
        return pool.maxRequestBytes();
    }

    @Override
    public int maxReplyBytes() {
        return pool.maxReplyBytes();
    }
}
