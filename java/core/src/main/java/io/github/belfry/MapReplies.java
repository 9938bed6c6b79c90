package io.github.belfry;

import io.github.belfry.internal.pool.RequestMap;
import io.github.belfry.internal.sys.Native;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;

/** The replies of a map, which is closed when this is collected. */
final class MapReplies<R> implements Replies<R> {
    private final RequestMap<?, R> map;
    private final Cleaner.Cleanable close;

    MapReplies(RequestMap<?, R> map) {
        this.map = map;
        close = Native.CLEANER.register(this, map::close);
    }

    @Override
    public boolean hasNext() {
        try {
            return map.hasNext();
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public R next() {
        try {
            return map.next();
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public void close() {
        close.clean();
    }
}
