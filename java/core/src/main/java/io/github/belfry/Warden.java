package io.github.belfry;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The thread that starts the workers which must die with the VM, and reaps all of them.
 *
 * <p>PR_SET_PDEATHSIG fires when the <em>thread</em> that forked ends, so such workers can only be started by a thread
 * that lives as long as the VM. It sleeps in {@code epoll_wait} over the workers' pidfds and an eventfd that says "a
 * start is wanted". It starts, reaps and posts what it saw; it takes no lock but a child's, and runs nobody's code.
 *
 * <p>Where pidfds are refused, a thread for each worker blocks in {@code waitid} instead.
 */
final class Warden {
    private static final long JOBS = 0;
    private static final int EVENTS = 64;
    private static final int WAITER_STACK_BYTES = 128 * 1024;
    private static final long RETRY_NANOS = 1_000_000;
    private static @Nullable Warden instance;

    private final int epoll;
    private final int doorbell;
    private final boolean pidfds;
    private final ConcurrentLinkedQueue<Runnable> jobs = new ConcurrentLinkedQueue<>();
    private final Map<Long, Child> children = new ConcurrentHashMap<>();
    private final Map<Long, WorkerPipes.Output> pipes = new ConcurrentHashMap<>();
    private final AtomicLong lastKey = new AtomicLong(JOBS);

    private Warden(int epoll, int doorbell) {
        this.epoll = epoll;
        this.doorbell = doorbell;
        this.pidfds = pidfdsWork();
    }

    /** The VM's warden, started if this is the first use. */
    static synchronized Warden get() throws WorkerStartException {
        if (instance == null) {
            instance = create();
        }
        return instance;
    }

    private static Warden create() throws WorkerStartException {
        int epoll = check(Native.epollCreate(), "epoll_create1");
        int doorbell = Native.eventfdCreate();
        // Edge-triggered, so the counter need never be read: each ring is an event.
        int result = doorbell < 0 ? doorbell : Native.epollAdd(epoll, doorbell, JOBS, true);
        try {
            check(result, doorbell < 0 ? "eventfd" : "epoll_ctl");
            check(Native.unignoreChildren(), "rt_sigaction");
            Warden warden = new Warden(epoll, doorbell);
            Thread thread = new Thread(null, warden::run, "belfry-warden", 0, false);
            thread.setDaemon(true);
            thread.setContextClassLoader(null);
            thread.start();
            return warden;
        } catch (WorkerStartException | RuntimeException | Error e) {
            Native.close(epoll);
            if (doorbell >= 0) {
                Native.close(doorbell);
            }
            throw e;
        }
    }

    private static int check(int result, String call) throws WorkerStartException {
        if (result < 0) {
            throw WorkerStartException.of("the warden", call, call, -result);
        }
        return result;
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

    /** Runs {@code start} in the warden's thread and waits for it, uninterruptibly. */
    int inWardenThread(IntSupplier start) {
        CompletableFuture<Integer> result = new CompletableFuture<>();
        jobs.add(() -> {
            try {
                result.complete(start.getAsInt());
            } catch (OutOfMemoryError e) {
                result.complete(-Errno.ENOMEM);
            }
        });
        Native.eventfdRing(doorbell);
        return result.join();
    }

    /** From now on the child is reaped as soon as it ends. On failure it is not watched. */
    void watch(Child child) throws WorkerStartException {
        if (child.hasPidfd()) {
            watchPidfd(child);
        } else {
            Thread waiter = new Thread(
                    null, () -> awaitAndReap(child), "belfry-wait-" + child.pid(), WAITER_STACK_BYTES, false);
            waiter.setDaemon(true);
            waiter.start();
        }
    }

    private void watchPidfd(Child child) throws WorkerStartException {
        long key = lastKey.incrementAndGet();
        children.put(key, child);
        // Edge-triggered: a child that is traced is seen ended before its status can be taken, and then once more.
        int result = child.withPidfd(pidfd -> Native.epollAdd(epoll, pidfd, key, true));
        if (result < 0) {
            children.remove(key);
            throw WorkerStartException.of(child.toString(), "epoll_ctl", "epoll_ctl", -result);
        }
    }

    private void awaitAndReap(Child child) {
        do {
            while (Native.awaitPid(child.pid()) == -Errno.EINTR) {
                Thread.onSpinWait();
            }
        } while (!child.reap(this));
    }

    private void run() {
        long[] ready = new long[EVENTS];
        boolean askAll = false;
        while (true) {
            try {
                if (askAll) {
                    handle(JOBS);
                    children.keySet().forEach(this::handle);
                }
                askAll = false;
                int count = Native.epollWait(epoll, ready);
                for (int i = 0; i < count; i++) {
                    handle(ready[i]);
                }
            } catch (Throwable outOfMemory) {
                // Its edge is lost with it. The warden may not end, and may not run a logger, which is foreign code.
                askAll = true;
                LockSupport.parkNanos(RETRY_NANOS);
            }
        }
    }

    private void handle(long key) {
        if (key == JOBS) {
            for (Runnable job = jobs.poll(); job != null; job = jobs.poll()) {
                job.run();
            }
            return;
        }
        Child child = children.get(key);
        if (child != null && child.reap(this)) {
            children.remove(key);
        }
        WorkerPipes.Output pipe = pipes.remove(key);
        if (pipe != null) {
            pipe.releaseIfDrained(this);
        }
    }

    /** For a child that is about to close its pidfd: another process may hold a copy, which would keep it watched. */
    void unwatch(int pidfd) {
        Native.epollDelete(epoll, pidfd);
    }

    /** Asks {@code pipe} again as soon as something is in it or its last writer is gone. */
    void watchPipe(WorkerPipes.Output pipe, int fd) {
        long key = lastKey.incrementAndGet();
        pipes.put(key, pipe);
        if (Native.epollAdd(epoll, fd, key, true) < 0) {
            pipes.remove(key);
        }
    }
}
