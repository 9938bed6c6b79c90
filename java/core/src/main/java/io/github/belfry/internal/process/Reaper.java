package io.github.belfry.internal.process;

import io.github.belfry.WorkerStartException;
import io.github.belfry.internal.sys.DaemonThread;
import io.github.belfry.internal.sys.Deadline;
import io.github.belfry.internal.sys.Errno;
import io.github.belfry.internal.sys.Failures;
import io.github.belfry.internal.sys.Native;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The thread that sees children end: it sleeps in {@code epoll_wait} over descriptors, those of children and of their
 * pipes, and calls back when something happens to one. A callback may neither block nor run the user's code. From time
 * to time it looks at what no descriptor tells: groups whose leader has ended, and futures that wait behind a callback
 * that blocks.
 *
 * <p>Each start holds it, then each descriptor of a child that it watches, each thread that waits for a pipe, and what
 * it looks at.
 */
final class Reaper implements OnDemand.Sleeper {
    private static final int EVENTS = 64;
    private static final long BELL = 0;
    private static final OnDemand<Reaper> REAPER = new OnDemand<>(Reaper::begin);
    private static final AtomicLong LAST_KEY = new AtomicLong(BELL);

    private final int epoll;
    private final int bell;
    private final Map<Long, Watch> watches = new ConcurrentHashMap<>();
    private final Failures failures = new Failures("the thread that reaps workers");
    private final LeaderlessGroups groups = new LeaderlessGroups();
    private volatile @Nullable Thread thread;

    private Reaper(int epoll, int bell) {
        this.epoll = epoll;
        this.bell = bell;
    }

    private static Reaper begin() throws WorkerStartException {
        check(Native.unignoreChildren(), "rt_sigaction");
        Reaper reaper = new Reaper(check(Native.epollCreate(), "epoll_create1"), Native.eventfdCreate());
        try {
            check(reaper.bell, "eventfd");
            check(Native.epollAdd(reaper.epoll, reaper.bell, BELL), "epoll_ctl");
            DaemonThread.start("belfry-reaper", reaper::run);
        } catch (Throwable e) {
            reaper.closeDescriptors();
            throw e;
        }
        return reaper;
    }

    private static int check(int result, String call) throws WorkerStartException {
        return StartFailure.check(result, "the thread that reaps workers", call, call);
    }

    /** The one of this class loader, which doesn't end before {@link #release}. */
    static Reaper hold() throws WorkerStartException {
        return REAPER.hold();
    }

    /** One hold more, where there is one already. */
    static void holdAgain() {
        REAPER.holdAgain();
    }

    static void release() {
        REAPER.release();
    }

    /** For a descriptor, whichever reaper it is watched by. */
    static long newKey() {
        return LAST_KEY.incrementAndGet();
    }

    /**
     * From now on {@code onEvent} is called, by the reaper's thread, whenever the descriptor becomes readable or its
     * other end goes, until it returns true or {@link #forget} is called. A call without an event is possible. For a
     * thread that holds the reaper, or is it.
     *
     * <p>Edge-triggered: a child that is traced is seen ended before its status can be taken, and then once more.
     *
     * @return a key for {@code forget}, or -errno
     */
    long watch(int fd, BooleanSupplier onEvent) {
        REAPER.holdAgain();
        return watch(fd, new Watch(onEvent, true));
    }

    /** The same for a descriptor that is closed at the latest when the reaper ends. */
    long watchUnheld(int fd, BooleanSupplier onEvent) {
        return watch(fd, new Watch(onEvent, false));
    }

    private record Watch(BooleanSupplier onEvent, boolean holds) {}

    private long watch(int fd, Watch watch) {
        long key = newKey();
        watches.put(key, watch);
        int result = Native.epollAdd(epoll, fd, key);
        if (result < 0) {
            forget(key);
            return result;
        }
        return key;
    }

    void forget(long key) {
        Watch watch = watches.remove(key);
        if (watch != null && watch.holds()) {
            REAPER.release();
        }
    }

    /**
     * Has {@code onEvent} called, by the reaper's thread, for one of the events or when the other end goes, also when
     * that has happened before; then no more until the descriptor is armed again. For a thread that holds the reaper,
     * or is it; the descriptor doesn't.
     */
    void arm(int fd, int events, long key, Runnable onEvent) throws IOException {
        watches.computeIfAbsent(
                key,
                unused -> new Watch(
                        () -> {
                            onEvent.run();
                            return false;
                        },
                        false));
        int result = Native.epollArm(epoll, fd, events, key, true);
        if (result == -Errno.ENOENT) {
            result = Native.epollArm(epoll, fd, events, key, false);
        }
        Errno.check(result, "epoll_ctl for a pipe");
    }

    /** The descriptor is closed. */
    void disarm(long key) {
        watches.remove(key);
    }

    /** A leader that has ended is reaped when its group is empty. For a thread that holds the reaper, or is it. */
    void reapWithGroup(Child leader) {
        REAPER.holdAgain();
        groups.add(leader);
        look();
    }

    /** There is something new to look at. */
    void look() {
        if (Thread.currentThread() != thread) {
            wake();
        }
    }

    @Override
    public void wake() {
        Native.eventfdRing(bell);
    }

    /** What starts have kept for the next start goes as well: none is under way. */
    @Override
    public void close() {
        Keeper.closeCurrent();
        closeDescriptors();
        BundledWorker.closeMemfds();
    }

    private void closeDescriptors() {
        Native.close(epoll);
        if (bell >= 0) {
            Native.close(bell);
        }
    }

    private void run() {
        thread = Thread.currentThread();
        long[] ready = new long[EVENTS];
        long waitNanos = OnDemand.idleNanos;
        boolean askAll = false;
        while (waitNanos > 0) {
            try {
                if (askAll) {
                    watches.keySet().forEach(this::call);
                }
                askAll = false;
                int timeout = Deadline.millis(Math.min(waitNanos, lookAround()));
                int count = Errno.check(Native.epollWait(epoll, ready, timeout), "epoll_wait of the reaper");
                for (int i = 0; i < count; i++) {
                    call(ready[i]);
                }
                waitNanos = count == 0 ? REAPER.idle() : OnDemand.idleNanos;
                failures.succeeded();
            } catch (Throwable e) {
                // The edges of the other descriptors are lost with it. This thread may not end.
                askAll = true;
                failures.pause(e);
            }
        }
    }

    /** What no descriptor tells; for how long there is nothing more to look at. */
    private long lookAround() {
        long now = System.nanoTime();
        return Math.min(groups.reapEmpty(now, REAPER::release), ExitThread.relieveBlocked(now));
    }

    private void call(long key) {
        Watch watch = watches.get(key);
        if (watch != null && watch.onEvent().getAsBoolean()) {
            forget(key);
        }
    }
}
