package io.github.belfry.internal.pool;

import io.github.belfry.internal.sys.Errno;
import io.github.belfry.internal.sys.Native;
import java.io.IOException;
import java.util.function.IntUnaryOperator;

/** An epoll that a thread sleeps in, and an eventfd by which any other wakes it. */
final class Poller implements AutoCloseable {
    /** At most so many at a time. */
    static final int EVENTS = 64;

    private static final long WAKE = -1;

    private final long[] ready = new long[EVENTS];
    private final int epoll;
    private final int bell;
    private boolean closed;

    Poller(String whose) throws IOException {
        epoll = Errno.check(Native.epollCreate(), "epoll_create1 for " + whose);
        bell = Native.eventfdCreate();
        int added = bell < 0 ? bell : Native.epollAdd(epoll, bell, WAKE);
        if (added < 0) {
            closeDescriptors();
            throw Errno.exception(-added, "eventfd for " + whose);
        }
    }

    /** Edge-triggered; {@code key} from 0 on. */
    void add(int fd, long key, String what) throws IOException {
        add(to -> Native.epollAdd(to, fd, key), what);
    }

    /** The same for a descriptor that only its owner knows: {@code addTo} adds it to this epoll, or gives -errno. */
    synchronized void add(IntUnaryOperator addTo, String what) throws IOException {
        if (closed) {
            throw new IOException("the pool is closed");
        }
        Errno.check(addTo.applyAsInt(epoll), "epoll_ctl for " + what);
    }

    /** Before its descriptor is closed: a copy of it in another process would keep it here. */
    synchronized void remove(int fd) {
        if (!closed) {
            Native.epollRemove(epoll, fd);
        }
    }

    /** What to do for a key that is ready. */
    interface OnReady {
        void ready(int key);
    }

    /** Blocks up to {@code timeoutMillis}, -1: no limit. For the one thread that sleeps here. */
    void await(int timeoutMillis, OnReady onReady) {
        int count = Native.epollWait(epoll, ready, timeoutMillis);
        if (count < 0) {
            throw new IllegalStateException("epoll_wait: " + Errno.name(-count));
        }
        for (int i = 0; i < count; i++) {
            if (ready[i] != WAKE) {
                onReady.ready((int) ready[i]);
            }
        }
    }

    synchronized void wake() {
        if (!closed) {
            Native.eventfdRing(bell);
        }
    }

    /** For the thread that sleeps here, or when it has ended. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            closeDescriptors();
        }
    }

    private void closeDescriptors() {
        Native.close(epoll);
        if (bell >= 0) {
            Native.close(bell);
        }
    }
}
