package io.github.belfry.internal.process;

import io.github.belfry.Signal;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerStartException;
import io.github.belfry.internal.sys.Errno;
import io.github.belfry.internal.sys.Native;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * A process from its start until it is reaped, which is when it ends; the leader of a group of its own stays unreaped
 * until its group is empty too, or is killed. Every use of its pid or pidfd is under its lock, and so is the reaping,
 * because the system gives both numbers to others afterwards:
 *
 * <pre>
 * sender                          reaper
 *   load pidfd
 *                                 waitid, close(pidfd)
 *                                 (an open() elsewhere gets the same number)
 *   pidfd_send_signal: a stranger
 * </pre>
 *
 * <p>Nothing that blocks is done under the lock.
 */
public final class Child {
    private static final int NO_PIDFD = -1;

    private final Object lock = new Object();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final CountDownLatch gone = new CountDownLatch(1);
    private final String program;
    private final int pid;
    private final boolean ownGroup;
    private final WorkerPipes pipes;
    private final boolean byPidfd;
    private final Consumer<Child> afterReaping;
    private final ExitFutures exits = new ExitFutures();

    private int pidfd;
    private boolean killGroupAtEnd;

    /** What the system says of its end; 0 while it runs. */
    private long status;

    /** It has ended, and waits unreaped for the end of its group. */
    private boolean waitsForGroup;

    private long endedNanos;
    private volatile @Nullable WorkerExit exit;
    private @Nullable Runnable onEnd;

    /** {@code afterReaping} is called once. */
    Child(String program, int pid, int pidfd, boolean ownGroup, WorkerPipes pipes, Consumer<Child> afterReaping) {
        this.program = program;
        this.pid = pid;
        this.pidfd = pidfd;
        this.byPidfd = pidfd != NO_PIDFD;
        this.ownGroup = ownGroup;
        this.pipes = pipes;
        this.afterReaping = afterReaping;
    }

    public int pid() {
        return pid;
    }

    boolean hasOwnGroup() {
        return ownGroup;
    }

    public static boolean canHavePidfd() {
        return Pidfds.WORK;
    }

    /**
     * From now on it is reaped as soon as it ends: by the reaper's thread, or without a pidfd by one of its own that
     * blocks in waitid. On failure it is killed and reaped.
     */
    void watch(Reaper reaper) throws WorkerStartException {
        try {
            if (byPidfd) {
                watchPidfd(reaper);
            } else {
                WaiterThread.start(this, reaper);
            }
        } catch (WorkerStartException | RuntimeException | Error e) {
            signalToEnd(Signal.KILL);
            Native.awaitPid(pid);
            reap(reaper);
            pipes.close();
            throw e;
        }
    }

    private void watchPidfd(Reaper reaper) throws WorkerStartException {
        long key = withPidfd(fd -> reaper.watch(fd, () -> reap(reaper)));
        StartFailure.check((int) Math.min(key, 0), toString(), "epoll_ctl", "epoll_ctl");
    }

    /** A pidfd that is the caller's to close, also of a leader that waits for its group; 0: it is reaped. */
    int newPidfd() {
        synchronized (lock) {
            if (waitsForGroup) {
                return Native.pidfdOpen(pid);
            }
            return status == 0 ? Native.duplicate(pidfd) : 0;
        }
    }

    /** The result of {@code use}, or 0 when the pidfd is gone. */
    public long withPidfd(IntToLongFunction use) {
        synchronized (lock) {
            return status != 0 ? 0 : use.applyAsLong(pidfd);
        }
    }

    /** Whether a signal or a tracer has stopped it; false when that can't be seen. */
    public boolean isStopped() {
        synchronized (lock) {
            return status == 0 && ProcessState.of(pid).isStopped();
        }
    }

    public WorkerPipes pipes() {
        return pipes;
    }

    /** How it ended, null while that hasn't been seen. */
    @Nullable
    public WorkerExit exit() {
        return exit;
    }

    /** When that was noticed, by {@link System#nanoTime}; for a thread that has seen the exit. */
    public long endedNanos() {
        return endedNanos;
    }

    public void signal(Signal signal) {
        check(send(signal.number()), signal, byPidfd ? "pidfd_send_signal" : "kill");
    }

    /** The same without an error when it has ended; false if it could not be sent. */
    public boolean ring(Signal signal) {
        return send(signal.number()) == 0;
    }

    public void signal(Signal signal, int value) {
        int result;
        synchronized (lock) {
            if (status != 0) {
                result = -Errno.ESRCH;
            } else if (byPidfd) {
                result = Native.pidfdSendValue(pidfd, signal.number(), value);
            } else {
                result = wasTaken() ? -Errno.ESRCH : Native.sigqueue(pid, signal.number(), value);
            }
        }
        check(result, signal, byPidfd ? "pidfd_send_signal" : "rt_sigqueueinfo");
    }

    public void signalGroup(Signal signal) {
        if (!ownGroup) {
            throw new IllegalStateException(this + " has no process group of its own");
        }
        int result = sendToGroup(signal.number());
        if (result == -Errno.ESRCH && exit == null) {
            throw new IllegalStateException(this + " has left the process group that it was given, and it is empty");
        }
        check(result, signal, "kill");
    }

    /** To its own group, if any, and to itself; nothing when both have ended. KILL leaves nothing of either. */
    public void signalToEnd(Signal signal) {
        int result = -Errno.ESRCH;
        if (ownGroup) {
            synchronized (lock) {
                killGroupAtEnd |= signal == Signal.KILL;
                result = sendToGroup(signal.number());
                if (killGroupAtEnd && waitsForGroup) {
                    reapLeader();
                }
            }
        }
        // A leader can leave its group.
        if (result == -Errno.ESRCH || signal == Signal.KILL) {
            result = send(signal.number());
        }
        if (result != -Errno.ESRCH) {
            check(result, signal, byPidfd ? "pidfd_send_signal" : "kill");
        }
    }

    private int send(int number) {
        synchronized (lock) {
            if (status != 0) {
                return -Errno.ESRCH;
            }
            if (byPidfd) {
                return Native.pidfdSendSignal(pidfd, number);
            }
            return wasTaken() ? -Errno.ESRCH : Native.kill(pid, number);
        }
    }

    private int sendToGroup(int number) {
        synchronized (lock) {
            boolean hasGroup = status == 0 ? !wasTaken() : !reapWithoutGroup();
            return hasGroup ? Native.kill(-pid, number) : -Errno.ESRCH;
        }
    }

    /** Whether another wait has reaped it, so that its number may be another process's. */
    private boolean wasTaken() {
        return look(true) == -Errno.ECHILD;
    }

    private void check(int result, Signal signal, String call) {
        if (result == -Errno.ESRCH) {
            throw hasEnded();
        }
        if (result < 0) {
            throw new UncheckedIOException(Errno.exception(-result, call + " " + signal + " to " + this));
        }
    }

    private IllegalStateException hasEnded() {
        return new IllegalStateException(this + " has ended" + (exit == null ? "" : ": " + exit));
    }

    /** What is left of its group dies with it, however that comes. */
    void killGroupAtEnd() {
        synchronized (lock) {
            killGroupAtEnd = true;
        }
    }

    /** Has {@code post} run once it is reaped, by the reaper's thread: it may neither block nor fail. */
    public void whenEnded(Runnable post) {
        synchronized (lock) {
            if (status == 0) {
                onEnd = post;
                return;
            }
        }
        post.run();
    }

    /** A new future of its end: complete, or completed by the thread of exits. */
    public CompletableFuture<WorkerExit> onExit() {
        return exits.add();
    }

    /** For what the JDK can do with a process. */
    public ProcessHandle toHandle() {
        synchronized (lock) {
            boolean runs = status == 0 && look(true) == 0;
            return (runs ? ProcessHandle.of(pid) : Optional.<ProcessHandle>empty()).orElseThrow(this::hasEnded);
        }
    }

    public void await() throws InterruptedException {
        ended.await();
    }

    public boolean await(Duration timeout) throws InterruptedException {
        return awaitEnd(TimeUnit.NANOSECONDS.convert(timeout));
    }

    boolean awaitEnd(long nanos) throws InterruptedException {
        return ended.await(nanos, TimeUnit.NANOSECONDS);
    }

    /** Until it is reaped, which for the leader of a group may be later. */
    boolean awaitReaped(long nanos) throws InterruptedException {
        return gone.await(nanos, TimeUnit.NANOSECONDS);
    }

    /**
     * Takes the exit status of a process that has ended, and tells it; for the thread that watches it.
     *
     * @return false when it hasn't ended yet
     */
    boolean reap(Reaper reaper) {
        Runnable post;
        boolean first;
        boolean waits;
        synchronized (lock) {
            first = status == 0;
            if (first && !takeStatus()) {
                return false;
            }
            waits = waitsForGroup;
            post = onEnd;
        }
        if (first) {
            if (waits) {
                reaper.reapWithGroup(this);
            } else {
                afterReaping.accept(this);
            }
        }
        try {
            pipes.workerEnded(reaper);
        } finally {
            ended.countDown();
            if (!waits) {
                gone.countDown();
            }
            if (post != null) {
                post.run();
            }
            exits.complete(Objects.requireNonNull(exit), reaper);
        }
        return true;
    }

    /** Allocate before the irreversible reap. */
    private boolean takeStatus() {
        long seen = look(true);
        if (seen == 0) {
            return false;
        }
        WorkerExit how = WaitStatus.exit(seen);
        boolean hasGroup = ownGroup && seen > 0;
        if (hasGroup && killGroupAtEnd) {
            Native.kill(-pid, Signal.KILL.number());
        }
        waitsForGroup = hasGroup && !killGroupAtEnd && ProcessGroups.inhabited(Set.of(pid)).contains(pid);
        if (!waitsForGroup) {
            how = look(false) < 0 ? new WorkerExit.Lost() : how;
        }
        endedNanos = System.nanoTime();
        exit = how;
        status = seen;
        if (byPidfd) {
            Native.close(pidfd);
            pidfd = NO_PIDFD;
        }
        return true;
    }

    /** Without waiting: 0 while it runs, -errno, or si_code and si_status. */
    private long look(boolean leaveZombie) {
        return pidfd != NO_PIDFD ? Native.waitPidfd(pidfd, leaveZombie) : Native.waitPid(pid, leaveZombie);
    }

    // ---- The leader of a group of its own

    /** Reaps a leader that has ended and whose group isn't among the inhabited ones; whether it is reaped. */
    boolean reapWithoutGroup(Set<Integer> inhabited) {
        synchronized (lock) {
            if (waitsForGroup && (isTaken() || !inhabited.contains(pid))) {
                reapLeader();
            }
            return status != 0 && !waitsForGroup;
        }
    }

    boolean reapWithoutGroup() {
        synchronized (lock) {
            return reapWithoutGroup(waitsForGroup ? ProcessGroups.inhabited(Set.of(pid)) : Set.of());
        }
    }

    private void reapLeader() {
        if (!isTaken()) {
            look(false);
        }
        waitsForGroup = false;
        gone.countDown();
        afterReaping.accept(this);
    }

    /** Another wait has reaped the leader: its number may be another child's, which has another status or none. */
    private boolean isTaken() {
        return look(true) != status;
    }

    @Override
    public String toString() {
        return "worker " + pid + " (" + program + ")";
    }
}
