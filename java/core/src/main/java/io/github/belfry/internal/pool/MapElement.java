package io.github.belfry.internal.pool;

import org.jspecify.annotations.Nullable;

/**
 * One request of a {@link RequestMap}, from when it was asked for until its reply is given. The map's thread takes its
 * reply out of the ring, which completes no future; or a thread of the pool completes it.
 */
final class MapElement extends ReplyFuture<byte[]> {
    private static final byte[] NONE = {};

    private final RequestMap<?, ?> map;

    // For the map's thread: what has become of it, unless it is completed as a future.
    private boolean isOver;
    private byte[] reply = NONE;
    private @Nullable Throwable failure;

    MapElement(RequestMap<?, ?> map, @Nullable Trace trace) {
        super(trace);
        this.map = map;
    }

    boolean isOf(RequestMap<?, ?> which) {
        return map == which;
    }

    // ---- The map's thread

    boolean isThere() {
        return isOver || isDone();
    }

    /** Under the consumer lock: the request has kept a reply; how many bytes. */
    int take(Request<?> answered) {
        try {
            reply = (byte[]) answered.takeKept();
        } catch (Throwable e) {
            failure = e;
        }
        isOver = true;
        answered.timing().ended(failure);
        return reply.length;
    }

    /** It wasn't sent. */
    MapElement failed(Throwable why) {
        failure = why;
        isOver = true;
        return this;
    }

    /** Once it is there: throws what it failed with. */
    byte[] reply() {
        if (!isOver) {
            return Dispatcher.await(this);
        }
        if (failure != null) {
            throw OtherStack.unchecked(failure);
        }
        return reply;
    }

    // ---- A thread of the pool

    @Override
    public boolean complete(byte[] bytes) {
        boolean first = super.complete(bytes);
        if (first) {
            map.completed(bytes.length);
        }
        return first;
    }

    @Override
    public boolean completeExceptionally(Throwable why) {
        boolean first = super.completeExceptionally(why);
        if (first) {
            map.completed(0);
        }
        return first;
    }
}
