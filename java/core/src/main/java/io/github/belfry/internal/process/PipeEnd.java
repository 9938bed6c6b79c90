package io.github.belfry.internal.process;

import io.github.belfry.internal.sys.Errno;
import io.github.belfry.internal.sys.Native;
import io.github.belfry.internal.sys.VirtualThreads;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The nonblocking descriptor of our end of a pipe, and the threads that are parked until it is ready. A virtual thread
 * holds no thread of the kernel's meanwhile:
 *
 * <pre>
 * reader                                    the reaper's thread
 *   read(2): EAGAIN
 *   under the lock: arms the descriptor in
 *     the reaper's epoll, for one event
 *   parks                                     epoll_wait: the descriptor
 *                                             under the lock: wakes all that are parked
 *   read(2)
 * </pre>
 *
 * <p>Something that came before the descriptor was armed is an event as well, so none is missed.
 *
 * <p>The last of these closes the descriptor: {@code close}, or a call that was still using it. A descriptor closed
 * under a call may be another file's by the time of its read(2):
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
    private static final int PATIENCE_MILLIS = 2;

    private final Object lock = new Object();
    private final int fd;
    private final int readyEvent;
    private final long key = Reaper.newKey();
    private final List<Parked> parked = new ArrayList<>(0);
    private int users;
    private boolean closed;
    private boolean drained;
    private boolean broken;
    private boolean workerEnded;

    /** Whether it holds the reaper, which is to see its last writer go. */
    private boolean watched;

    /** The reaper that knows the key. */
    private @Nullable Reaper armedAt;

    /** {@code readyEvent}: what its users wait for, POLLIN or POLLOUT. */
    PipeEnd(int fd, int readyEvent) {
        this.fd = fd;
        this.readyEvent = readyEvent;
    }

    /** To be used between {@link #enter} and {@link #leave}. */
    int fd() {
        return fd;
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

    /** After the worker's end the read that takes the last bytes closes it. */
    void leave() {
        synchronized (lock) {
            users--;
            if (!closed) {
                if (workerEnded && Native.pollNow(fd, Native.POLLIN) == Native.POLLHUP) {
                    closeDrained();
                }
            } else if (users == 0) {
                release();
            }
        }
    }

    /** Threads that are parked find it closed. */
    void close() {
        synchronized (lock) {
            if (!closed) {
                closed = true;
                wakeAll();
                if (users == 0) {
                    release();
                }
            }
        }
    }

    private void release() {
        Native.close(fd);
        if (armedAt != null) {
            armedAt.disarm(key);
        }
        unwatch();
    }

    /** Everything has been read and no writer is left. */
    void closeDrained() {
        synchronized (lock) {
            drained |= !closed;
            close();
        }
    }

    boolean isDrained() {
        synchronized (lock) {
            return drained;
        }
    }

    /** For a pipe whose reader has ended. */
    void closeBroken() {
        synchronized (lock) {
            broken |= !closed;
            close();
        }
    }

    /** Why it can't be used any more. */
    IOException failure() {
        synchronized (lock) {
            return broken ? Errno.exception(Errno.EPIPE, "write to a pipe") : new IOException("the pipe is closed");
        }
    }

    // ---- Waiting

    private static final class Parked {
        private final Thread thread = Thread.currentThread();
        private volatile boolean woken;

        void await() {
            boolean interrupted = false;
            while (!woken) {
                LockSupport.park(this);
                interrupted |= Thread.interrupted(); // or the next park returns at once
            }
            if (interrupted) {
                thread.interrupt();
            }
        }

        void wake() {
            woken = true;
            LockSupport.unpark(thread);
        }
    }

    /**
     * How long a call may wait by itself: not at all in a virtual thread. In a large transfer a platform thread is then
     * woken by the worker, not by way of the reaper.
     */
    static int patienceMillis() {
        return VirtualThreads.isCurrent() ? 0 : PATIENCE_MILLIS;
    }

    /** Parks the calling thread until the descriptor may be ready, or is closed; an interrupt stays set. */
    void awaitReady() throws IOException {
        Reaper reaper = Reaper.hold();
        try {
            Parked here = new Parked();
            synchronized (lock) {
                if (closed) {
                    return;
                }
                arm(reaper, readyEvent);
                parked.add(here);
            }
            here.await();
        } finally {
            Reaper.release();
        }
    }

    private void arm(Reaper reaper, int events) throws IOException {
        armedAt = reaper;
        reaper.arm(fd, events, key, this::onEvent);
    }

    private void onEvent() {
        synchronized (lock) {
            wakeAll();
            if (workerEnded && !closed) {
                settle(Objects.requireNonNull(armedAt));
            }
        }
    }

    private void wakeAll() {
        parked.forEach(Parked::wake);
        parked.clear();
    }

    // ---- The worker's end

    /**
     * Closes a pipe without content whose writers are gone. Where one is left, it is looked at again later: a
     * grandchild, or for a moment any child that is being started and hasn't come to its exec.
     */
    void releaseOrWatch(Reaper reaper) {
        synchronized (lock) {
            workerEnded = true;
            if (!closed) {
                settle(reaper);
            }
        }
    }

    private void settle(Reaper reaper) {
        int events = Native.pollNow(fd, Native.POLLIN);
        if (events == Native.POLLHUP) {
            closeDrained();
        } else if ((events & Native.POLLHUP) != 0) {
            unwatch();
        } else {
            watch(reaper);
        }
    }

    /** For the end of its last writer, which is an event whatever it is armed for. */
    private void watch(Reaper reaper) {
        if (!watched) {
            watched = true;
            Reaper.holdAgain();
        }
        try {
            arm(reaper, parked.isEmpty() ? 0 : readyEvent);
        } catch (IOException refused) {
            unwatch(); // it stays open until it is read to its end, or closed
        }
    }

    private void unwatch() {
        if (watched) {
            watched = false;
            Reaper.release();
        }
    }

    /** Adds it to an epoll for reading; -errno when that is refused, 0 when it is closed. */
    int watch(int epoll, long epollKey) {
        if (!enter()) {
            return 0;
        }
        try {
            return Native.epollAdd(epoll, fd, epollKey);
        } finally {
            leave();
        }
    }
}
