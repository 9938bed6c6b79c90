package io.github.belfry.internal.process;

import io.github.belfry.internal.sys.DaemonThread;
import io.github.belfry.internal.sys.Errno;
import io.github.belfry.internal.sys.Failures;
import io.github.belfry.internal.sys.Native;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The process {@code belfry-keeper PID}, which ends what this VM has started and what is to end with it. There is one
 * for each VM, and class loader, that has something running; each child registers itself before its execve. It is
 * started when it is needed first, ends with the reaper's thread, and is replaced when it ends before:
 *
 * <pre>
 * a start                                      a thread that replaces a keeper
 *   enter: the current keeper
 *   clone; the child registers with it
 *                                                makes another one the current one
 *                                                registers all that are listed
 *   list the child, and look: is that keeper
 *     still the current one? otherwise
 *     registers the child with the current one
 *   leave: its descriptors may be closed
 * </pre>
 *
 * <p>Listing and looking are one step under the lock, and so are making it current and taking the list, so a child is
 * registered with the keeper that lives, whichever comes first. {@code c/model/keeper.pml} explores this.
 */
final class Keeper {
    /** More than an unprivileged user gets, which is some 500 registrations; never fewer than 278. */
    private static final int SOCKET_BYTES = 1 << 20;

    /** So many registrations may lie unread in its socket; it sleeps through fewer. */
    private static final int UNREAD = 64;

    private static final long LASTING_NANOS = 1_000_000_000;
    private static final long REFUSED_NANOS = 10_000_000_000L;

    private static final Object STARTING = new Object();
    private static final Object LOCK = new Object();
    private static final Failures FAILURES = new Failures("the keeper of this VM's workers");

    // Under the lock. Nothing blocks under it, and no other lock is taken.
    private static final Set<Child> CHILDREN = new HashSet<>();
    private static @Nullable Keeper current;
    private static boolean replacing;

    /** When a keeper could not be started, by {@link System#nanoTime}; until some time later no start tries again. */
    private static volatile @Nullable Long refusedNanos;

    private final int socket;
    private final int bell;
    private final long startedNanos = System.nanoTime();
    private final AtomicInteger entered = new AtomicInteger();

    // Under the lock.
    private int users;
    private boolean ended;
    private boolean closed;

    private Keeper(int socket, int bell) {
        this.socket = socket;
        this.bell = bell;
    }

    /** Whether starts go by a keeper, as far as is known. */
    static boolean isUsed() {
        Long refused = refusedNanos;
        return Child.canHavePidfd() && (refused == null || System.nanoTime() - refused > REFUSED_NANOS);
    }

    /**
     * The one to register with, and {@link #leave} has to follow; null where there can't be one. For a thread that
     * holds the reaper; it blocks while a keeper is started.
     */
    static @Nullable Keeper enter(Reaper reaper) {
        Keeper keeper = enterCurrent();
        if (keeper != null) {
            return keeper;
        }
        try {
            return isUsed() ? enterNew(reaper) : null;
        } catch (IOException e) {
            refusedNanos = System.nanoTime();
            FAILURES.log(e);
            return null;
        }
    }

    private static @Nullable Keeper enterCurrent() {
        Keeper keeper;
        synchronized (LOCK) {
            keeper = current;
            if (keeper == null || keeper.ended) {
                return null;
            }
            keeper.users++;
        }
        if (keeper.entered.incrementAndGet() % UNREAD == 0) {
            Native.eventfdRing(keeper.bell);
        }
        return keeper;
    }

    private static Keeper enterNew(Reaper reaper) throws IOException {
        synchronized (STARTING) {
            Keeper first = enterCurrent();
            if (first != null) {
                return first;
            }
            Keeper keeper = start(reaper);
            Keeper before;
            List<Child> listed;
            synchronized (LOCK) {
                before = current;
                current = keeper;
                keeper.users++;
                listed = List.copyOf(CHILDREN);
            }
            if (before != null) {
                before.close();
            }
            listed.forEach(keeper::register);
            return keeper;
        }
    }

    void leave() {
        boolean last;
        synchronized (LOCK) {
            users--;
            last = closed && users == 0;
        }
        if (last) {
            closeDescriptors();
        }
    }

    /** For tests. */
    static @Nullable Keeper running() {
        synchronized (LOCK) {
            return current;
        }
    }

    int socket() {
        return socket;
    }

    int bell() {
        return bell;
    }

    /** For a thread that has entered it, whose child has registered with it. {@link #forget} has to follow. */
    void list(Child child, Reaper reaper) {
        Keeper other;
        synchronized (LOCK) {
            CHILDREN.add(child);
            other = current == null || current.ended ? null : current;
            if (other != null) {
                other.users++;
            }
        }
        if (other == null) {
            replaceEnded(reaper);
            return;
        }
        try {
            if (other != this) {
                other.register(child);
            }
        } finally {
            other.leave();
        }
    }

    /** The child is reaped. */
    static void forget(Child child) {
        synchronized (LOCK) {
            CHILDREN.remove(child);
        }
    }

    private void register(Child child) {
        int pidfd = child.newPidfd();
        int result = pidfd;
        if (pidfd > 0) {
            result = Native.register(socket, bell, pidfd, child.pid(), child.hasOwnGroup());
            Native.close(pidfd);
        }
        if (result < 0 && result != -Errno.EPIPE && result != -Errno.ECONNRESET) {
            FAILURES.log(Errno.exception(-result, "registering " + child + " with its keeper"));
        }
    }

    /** For the end of the reaper: nothing runs, and no start is under way. */
    static void closeCurrent() {
        Keeper keeper;
        synchronized (LOCK) {
            keeper = current;
            current = null;
        }
        if (keeper != null) {
            keeper.close();
        }
    }

    private void close() {
        boolean unused;
        synchronized (LOCK) {
            ended = true;
            closed = true;
            unused = users == 0;
        }
        if (unused) {
            closeDescriptors();
        }
    }

    private void closeDescriptors() {
        Native.close(socket);
        if (bell >= 0) {
            Native.close(bell);
        }
    }

    /** For a thread that has seen that it has ended, and that holds the reaper or is it. */
    void seenEnded(Reaper reaper) {
        synchronized (LOCK) {
            ended = true;
            if (System.nanoTime() - startedNanos > LASTING_NANOS) {
                FAILURES.succeeded();
            }
        }
        replaceEnded(reaper);
    }

    /** The current one has ended. If a child is listed it is replaced, otherwise by the next start. */
    private static void replaceEnded(Reaper reaper) {
        synchronized (LOCK) {
            if (replacing || CHILDREN.isEmpty()) {
                return;
            }
            replacing = true;
        }
        Reaper.holdAgain();
        try {
            DaemonThread.start(KeeperProcess.PROGRAM, () -> replaceUntilOneLives(reaper));
        } catch (Throwable outOfThreads) {
            isReplaced(true);
            Reaper.release();
            FAILURES.log(outOfThreads);
        }
    }

    private static void replaceUntilOneLives(Reaper reaper) {
        while (!isReplaced(false)) {
            FAILURES.pause(
                    new IOException("the process " + KeeperProcess.PROGRAM + " has ended; another one is started"));
            try {
                enterNew(reaper).leave();
            } catch (Throwable e) {
                FAILURES.log(e);
            }
        }
        Reaper.release();
    }

    /** Whether it is, or needs not be. */
    private static boolean isReplaced(boolean givenUp) {
        synchronized (LOCK) {
            boolean done = givenUp || CHILDREN.isEmpty() || current != null && !current.ended;
            if (done) {
                replacing = false;
            }
            return done;
        }
    }

    private static Keeper start(Reaper reaper) throws IOException {
        int[] ends = new int[2];
        StartFailure.check(Native.socketPair(ends, SOCKET_BYTES), KeeperProcess.PROGRAM, "socketpair", "socketpair");
        Keeper keeper = new Keeper(ends[0], Native.eventfdCreate());
        boolean started = false;
        try {
            StartFailure.check(keeper.bell, KeeperProcess.PROGRAM, "eventfd", "eventfd");
            KeeperProcess.start(reaper, ends[1], keeper.bell);
            long key = reaper.watchUnheld(keeper.socket, () -> keeper.isSeenEnded(reaper));
            StartFailure.check((int) Math.min(key, 0), KeeperProcess.PROGRAM, "epoll_ctl", "epoll_ctl");
            started = true;
            return keeper;
        } finally {
            Native.close(ends[1]);
            if (!started) {
                keeper.closeDescriptors();
            }
        }
    }

    /** True: it isn't watched any more. */
    private boolean isSeenEnded(Reaper reaper) {
        synchronized (LOCK) {
            if (closed) {
                return true;
            }
            users++;
        }
        try {
            if (Native.pollNow(socket, 0) == 0) {
                return false;
            }
            seenEnded(reaper);
            return true;
        } finally {
            leave();
        }
    }
}
