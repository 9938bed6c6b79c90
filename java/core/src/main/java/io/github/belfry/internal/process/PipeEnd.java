package io.github.belfry.internal.process;

import io.github.belfry.internal.sys.Native;
import java.io.Closeable;
import java.io.IOException;

/**
 * The descriptor of our end of a pipe. The last of these closes it: {@code close}, or a call that was still
 * using it. A descriptor closed under a call may be another file's by the time of its read(2):
 *
 * <pre>
 * reader                 reaper
 *   load fd
 *                        close(fd)
 *                        (an open() elsewhere gets the same number)
 *   read(fd): a stranger's file
 * </pre>
 *
 * <p>The lock is private, so no user can stop the reaper with it, and nothing blocks under it.
 */
final class PipeEnd {
    private final Object lock = new Object();
    private final int fd;
    private final Closeable stream;
    private int users;
    private boolean closed;
    private boolean drained;
    private Runnable onClosed = () -> {};

    /** {@code stream} closes {@code fd}. */
    PipeEnd(int fd, Closeable stream) {
        this.fd = fd;
        this.stream = stream;
    }

    /** Whether the descriptor may be used, until {@link #leave}. */
    boolean enter() {
        synchronized (lock) {
            if (closed) {
                return false;
            }
            users++;
            return true;
        }
    }

    void leave() {
        boolean last;
        synchronized (lock) {
            users--;
            last = closed && users == 0;
        }
        if (last) {
            release();
        }
    }

    void close() {
        boolean last;
        synchronized (lock) {
            last = !closed && users == 0;
            closed = true;
        }
        if (last) {
            release();
        }
    }

    private void release() {
        try {
            stream.close();
        } catch (IOException e) {
            // The descriptor is gone all the same, and the worker has ended or its user has closed the pipe.
        }
        Runnable forget;
        synchronized (lock) {
            forget = onClosed;
        }
        forget.run();
    }

    /** Everything has been read and no writer is left. */
    void closeDrained() {
        synchronized (lock) {
            drained = true;
        }
        close();
    }

    boolean isDrained() {
        synchronized (lock) {
            return drained;
        }
    }

    /**
     * For the end of the worker: closes a pipe without content whose writers are gone. Where one is left, it is looked
     * at again later: a grandchild, or for a moment any child that is being started and hasn't come to its exec.
     */
    void releaseOrWatch(Reaper reaper) {
        if (!enter()) {
            return;
        }
        try {
            if (events() == 0) {
                long key = reaper.watch(fd, this::releaseIfDrained);
                synchronized (lock) {
                    onClosed = () -> reaper.forget(key);
                }
            }
        } finally {
            leave();
        }
    }

    /** True when it is closed. */
    private boolean releaseIfDrained() {
        if (!enter()) {
            return true;
        }
        try {
            events();
        } finally {
            leave();
        }
        return false;
    }

    /** Adds it to an epoll for reading; -errno when that is refused, 0 when it is closed. */
    int watch(int epoll, long key) {
        if (!enter()) {
            return 0;
        }
        try {
            return Native.epollAdd(epoll, fd, key);
        } finally {
            leave();
        }
    }

    /** What poll(2) sees now; POLLHUP without POLLIN closes the pipe. */
    private int events() {
        int events = Native.pollNow(fd, Native.POLLIN);
        if (events > 0 && (events & Native.POLLIN) == 0) {
            closeDrained();
        }
        return events;
    }
}
