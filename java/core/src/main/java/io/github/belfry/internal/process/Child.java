package io.github.belfry.internal.process;

import io.github.belfry.Signal;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerStartException;
import io.github.belfry.internal.sys.DaemonThread;
import io.github.belfry.internal.sys.Errno;
import io.github.belfry.internal.sys.Failures;
import io.github.belfry.internal.sys.Native;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * A process from its start until it is reaped. Every use of its pid or pidfd is under its lock, and so is the reaping,
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
    private static final int WAITER_STACK_BYTES = 128 * 1024;

    private final Object lock = new Object();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final String program;
    private final int pid;
    private final boolean ownGroup;
    private final WorkerPipes pipes;
    private final boolean byPidfd;
    private final Consumer<Child> afterReaping;

    private int pidfd;
    private boolean reaped;
    private boolean killGroupAtEnd;
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

    /** Whether pidfds can be opened, signalled and waited for; a container may refuse any of the three. */
    public static boolean canHavePidfd() {
        return Pidfds.WORK;
    }

    private static final class Pidfds {
        static final boolean WORK = work();

        private static boolean work() {
            int pidfd = Native.pidfdOpen((int) ProcessHandle.current().pid());
            if (pidfd < 0) {
                return false;
            }
            boolean sent = Native.pidfdSendSignal(pidfd, 0) == 0;
            boolean waited = Native.waitPidfd(pidfd, false) == -Errno.ECHILD;
            Native.close(pidfd);
            return sent && waited;
        }
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
                startWaiter(reaper);
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

    private void startWaiter(Reaper reaper) {
        boolean started = false;
        Reaper.holdAgain();
        try {
            DaemonThread.start("belfry-wait-" + pid, () -> awaitAndReap(reaper), WAITER_STACK_BYTES);
            started = true;
        } finally {
            if (!started) {
                Reaper.release();
            }
        }
    }

    /** The result of {@code use}, or 0 when the pidfd is gone. */
    public long withPidfd(IntToLongFunction use) {
        synchronized (lock) {
            return reaped ? 0 : use.applyAsLong(pidfd);
        }
    }

    /** Whether a signal or a tracer has stopped it; false when that can't be seen. */
    public boolean isStopped() {
        synchronized (lock) {
            if (reaped) {
                return false;
            }
            try {
                String stat = Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
                // proc(5): the name of the program, which may have any bytes, ends at the last ")"; then the state.
                char state = stat.charAt(stat.lastIndexOf(')') + 2);
                return state == 'T' || state == 't';
            } catch (IOException | IndexOutOfBoundsException unseen) {
                return false;
            }
        }
    }

    private void awaitAndReap(Reaper reaper) {
        Failures failures = new Failures("the thread that waits for " + this);
        boolean done = false;
        while (!done) {
            try {
                Native.awaitPid(pid);
                done = reap(reaper);
            } catch (Throwable e) {
                failures.pause(e);
            }
        }
        Reaper.release();
    }

    public WorkerPipes pipes() {
        return pipes;
    }

    /** How it ended, null while it hasn't been reaped. */
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
            if (reaped) {
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

    /** To its own group, if any, and to itself; nothing when it has ended. From now on the group dies with it. */
    public void signalToEnd(Signal signal) {
        int result = -Errno.ESRCH;
        if (ownGroup) {
            synchronized (lock) {
                killGroupAtEnd = true;
            }
            result = sendToGroup(signal.number());
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
            if (reaped) {
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
            return reaped || wasTaken() ? -Errno.ESRCH : Native.kill(-pid, number);
        }
    }

    /** Whether another wait has reaped it, so that its number may be another process's. */
    private boolean wasTaken() {
        return status(true) == -Errno.ECHILD;
    }

    private void check(int result, Signal signal, String call) {
        if (result == -Errno.ESRCH) {
            throw new IllegalStateException(this + " has ended" + (exit == null ? "" : ": " + exit));
        }
        if (result < 0) {
            throw new UncheckedIOException(Errno.exception(-result, call + " " + signal + " to " + this));
        }
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
            if (!reaped) {
                onEnd = post;
                return;
            }
        }
        post.run();
    }

    public void await() throws InterruptedException {
        ended.await();
    }

    public boolean await(Duration timeout) throws InterruptedException {
        return ended.await(TimeUnit.NANOSECONDS.convert(timeout), TimeUnit.NANOSECONDS);
    }

    /**
     * Takes the exit status of a process that has ended; for the thread that watches it.
     *
     * @return false when it hasn't ended yet
     */
    boolean reap(Reaper reaper) {
        Runnable post;
        boolean first;
        synchronized (lock) {
            first = !reaped;
            if (first && !takeStatus()) {
                return false;
            }
            post = onEnd;
        }
        if (first) {
            afterReaping.accept(this);
        }
        try {
            pipes.workerEnded(reaper);
        } finally {
            ended.countDown();
            if (post != null) {
                post.run();
            }
        }
        return true;
    }

    /** Allocate before the irreversible reap. */
    private boolean takeStatus() {
        long status = status(true);
        if (status == 0) {
            return false;
        }
        WorkerExit how = status < 0 ? new WorkerExit.Lost() : exitOf((int) (status >> 32), (int) status);
        if (killGroupAtEnd && status > 0) {
            Native.kill(-pid, Signal.KILL.number());
        }
        if (status(false) < 0) {
            how = new WorkerExit.Lost();
        }
        endedNanos = System.nanoTime();
        exit = how;
        reaped = true;
        if (byPidfd) {
            Native.close(pidfd);
            pidfd = NO_PIDFD;
        }
        return true;
    }

    /** Without waiting: 0 while it runs, -errno, or si_code and si_status. */
    private long status(boolean leaveZombie) {
        return byPidfd ? Native.waitPidfd(pidfd, leaveZombie) : Native.waitPid(pid, leaveZombie);
    }

    /** From si_code and si_status, whose values are the same on every Linux. */
    static WorkerExit exitOf(int siCode, int siStatus) {
        final int exited = 1;
        final int dumped = 3;
        return siCode == exited
                ? new WorkerExit.Exited(siStatus)
                : new WorkerExit.Signaled(Signal.of(siStatus), siCode == dumped);
    }

    @Override
    public String toString() {
        return "worker " + pid + " (" + program + ")";
    }
}
