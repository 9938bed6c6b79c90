package io.github.belfry.internal.process;

import io.github.belfry.WorkerStartException;
import io.github.belfry.internal.sys.DaemonThread;
import io.github.belfry.internal.sys.Errno;
import io.github.belfry.internal.sys.Failures;
import io.github.belfry.internal.sys.Native;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The thread that sees children end: it sleeps in {@code epoll_wait} over descriptors, those of children and of their
 * pipes, and calls back when something happens to one. A callback may neither block nor run the user's code.
 */
final class Reaper {
    private static final int EVENTS = 64;
    private static @Nullable Reaper instance;

    private final int epoll;
    private final Map<Long, BooleanSupplier> callbacks = new ConcurrentHashMap<>();
    private final Failures failures = new Failures("the thread that reaps workers");
    private final AtomicLong lastKey = new AtomicLong();

    private Reaper(int epoll) {
        this.epoll = epoll;
    }

    /** The one of this class loader, started if this is the first use. */
    static synchronized Reaper get() throws WorkerStartException {
        if (instance == null) {
            check(Native.unignoreChildren(), "rt_sigaction");
            Reaper reaper = new Reaper(check(Native.epollCreate(), "epoll_create1"));
            try {
                DaemonThread.start("belfry-reaper", reaper::run);
            } catch (Throwable e) {
                Native.close(reaper.epoll);
                throw e;
            }
            instance = reaper;
        }
        return instance;
    }

    private static int check(int result, String call) throws WorkerStartException {
        return StartFailure.check(result, "the thread that reaps workers", call, call);
    }

    /**
     * From now on {@code onEvent} is called, by the reaper's thread, whenever the descriptor becomes readable or its
     * other end goes, until it returns true or {@link #forget} is called. A call without an event is possible.
     *
     * <p>Edge-triggered: a child that is traced is seen ended before its status can be taken, and then once more.
     *
     * @return a key for {@code forget}, or -errno
     */
    long watch(int fd, BooleanSupplier onEvent) {
        long key = lastKey.incrementAndGet();
        callbacks.put(key, onEvent);
        int result = Native.epollAdd(epoll, fd, key);
        if (result < 0) {
            callbacks.remove(key);
            return result;
        }
        return key;
    }

    void forget(long key) {
        callbacks.remove(key);
    }

    private void run() {
        long[] ready = new long[EVENTS];
        boolean askAll = false;
        while (true) {
            try {
                if (askAll) {
                    callbacks.keySet().forEach(this::call);
                }
                askAll = false;
                int count = Errno.check(Native.epollWait(epoll, ready, -1), "epoll_wait of the reaper");
                for (int i = 0; i < count; i++) {
                    call(ready[i]);
                }
                failures.succeeded();
            } catch (Throwable e) {
                // The edges of the other descriptors are lost with it. This thread may not end.
                askAll = true;
                failures.pause(e);
            }
        }
    }

    private void call(long key) {
        BooleanSupplier onEvent = callbacks.get(key);
        if (onEvent != null && onEvent.getAsBoolean()) {
            callbacks.remove(key);
        }
    }
}
