package io.github.belfry;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The thread that sees workers end: it sleeps in {@code epoll_wait} over their pidfds, reaps, and posts what it saw. It
 * takes no lock but those of {@link Child} and {@link PipeEnd}, under which nothing blocks, and runs nobody's code.
 *
 * <p>Where pidfds are refused, a thread for each worker blocks in {@code waitid} instead.
 */
final class Reaper {
    private static final int EVENTS = 64;
    private static final int WAITER_STACK_BYTES = 128 * 1024;
    private static final long RETRY_NANOS = 1_000_000;
    private static @Nullable Reaper instance;

    private final int epoll;
    private final boolean pidfds = pidfdsWork();
    private final Map<Long, Child> children = new ConcurrentHashMap<>();
    private final Map<Long, PipeEnd> pipes = new ConcurrentHashMap<>();
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
                startDaemon("belfry-reaper", reaper::run, 0);
            } catch (Throwable e) {
                Native.close(reaper.epoll);
                throw e;
            }
            instance = reaper;
        }
        return instance;
    }

    private static int check(int result, String call) throws WorkerStartException {
        return WorkerStartException.check(result, "the thread that reaps workers", call, call);
    }

    /** A thread of ours; it keeps neither the VM nor a caller's class loader or thread locals. */
    static void startDaemon(String name, Runnable run, long stackBytes) {
        Thread thread = new Thread(null, run, name, stackBytes, false);
        thread.setDaemon(true);
        thread.setContextClassLoader(null);
        thread.start();
    }

    /** Whether they can be opened, signalled and waited for; a container may refuse any of the three. */
    private static boolean pidfdsWork() {
        int pidfd = Native.pidfdOpen((int) ProcessHandle.current().pid());
        if (pidfd < 0) {
            return false;
        }
        boolean sent = Native.pidfdSendSignal(pidfd, 0) == 0;
        boolean waited = Native.waitPidfd(pidfd, false) == -Errno.ECHILD;
        Native.close(pidfd);
        return sent && waited;
    }

    boolean hasPidfds() {
        return pidfds;
    }

    /** From now on the child is reaped as soon as it ends. On failure it is not watched. */
    void watch(Child child) throws WorkerStartException {
        if (child.hasPidfd()) {
            watchPidfd(child);
        } else {
            startDaemon("belfry-wait-" + child.pid(), () -> awaitAndReap(child), WAITER_STACK_BYTES);
        }
    }

    private void watchPidfd(Child child) throws WorkerStartException {
        long key = lastKey.incrementAndGet();
        children.put(key, child);
        // Edge-triggered: a child that is traced is seen ended before its status can be taken, and then once more.
        int result = child.withPidfd(pidfd -> Native.epollAdd(epoll, pidfd, key));
        if (result < 0) {
            children.remove(key);
        }
        WorkerStartException.check(result, child.toString(), "epoll_ctl", "epoll_ctl");
    }

    /** Looks at the pipe whenever something comes into it or a writer goes, until the result is run. */
    Runnable watchPipe(PipeEnd pipe, int fd) {
        long key = lastKey.incrementAndGet();
        pipes.put(key, pipe);
        Native.epollAdd(epoll, fd, key);
        return () -> pipes.remove(key);
    }

    private void awaitAndReap(Child child) {
        boolean reaped = false;
        while (!reaped) {
            try {
                Native.awaitPid(child.pid());
                reaped = child.reap(this);
            } catch (Throwable outOfMemory) {
                LockSupport.parkNanos(RETRY_NANOS);
            }
        }
    }

    private void run() {
        long[] ready = new long[EVENTS];
        boolean askAll = false;
        while (true) {
            try {
                if (askAll) {
                    children.keySet().forEach(this::handle);
                    pipes.keySet().forEach(this::handle);
                }
                askAll = false;
                int count = Native.epollWait(epoll, ready, -1);
                for (int i = 0; i < count; i++) {
                    handle(ready[i]);
                }
            } catch (Throwable outOfMemory) {
                // Its edge is lost with it. This thread may not end, and may not run a logger, which is foreign code.
                askAll = true;
                LockSupport.parkNanos(RETRY_NANOS);
            }
        }
    }

    private void handle(long key) {
        Child child = children.get(key);
        if (child != null && child.reap(this)) {
            children.remove(key);
        }
        PipeEnd pipe = pipes.get(key);
        if (pipe != null) {
            pipe.releaseIfDrained();
        }
    }
}
