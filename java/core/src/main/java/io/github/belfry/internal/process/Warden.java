package io.github.belfry.internal.process;

import io.github.belfry.WorkerStartException;
import io.github.belfry.internal.sys.DaemonThread;
import io.github.belfry.internal.sys.Failures;
import io.github.belfry.internal.sys.Native;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The thread that starts the workers which must die with the VM where there is no {@link Keeper}.
 *
 * <p>PR_SET_PDEATHSIG fires when the <em>thread</em> that forked ends, so this one lives as long as any child that it
 * has forked. It does nothing else: a start may stand in a slow chdir or execve.
 */
public final class Warden implements OnDemand.Sleeper {
    private static final OnDemand<Warden> WARDEN = new OnDemand<>(Warden::begin);
    private static final Start NOTHING = new Start(() -> 0, new CompletableFuture<>());

    private final BlockingQueue<Start> starts = new LinkedBlockingQueue<>();

    private volatile @Nullable Thread thread;

    private Warden() {}

    private static Warden begin() {
        Warden warden = new Warden();
        DaemonThread.start("belfry-warden", warden::run);
        return warden;
    }

    /**
     * Runs {@code spawn} in the warden's thread and waits for its result, uninterruptibly. When that is a child's pid,
     * {@link #childEnded} has to follow.
     */
    static int start(IntSupplier spawn) throws WorkerStartException {
        Warden warden = WARDEN.hold();
        int pid = 0;
        try {
            pid = warden.run(spawn);
            return pid;
        } finally {
            if (pid <= 0) {
                WARDEN.release();
            }
        }
    }

    /** A child that it has started is reaped. */
    static void childEnded() {
        WARDEN.release();
    }

    /**
     * Runs {@code starts}, which start several. Where the warden starts them this is in its thread: that saves the way
     * there and back for each.
     */
    public static void startAll(Runnable starts) throws WorkerStartException {
        if (Keeper.isUsed()) {
            starts.run();
            return;
        }
        Warden warden = WARDEN.hold();
        try {
            warden.run(() -> {
                starts.run();
                return 0;
            });
        } finally {
            WARDEN.release();
        }
    }

    static boolean isCurrentThread() {
        Warden running = running();
        return running != null && running.thread == Thread.currentThread();
    }

    static @Nullable Warden running() {
        return WARDEN.running();
    }

    private int run(IntSupplier spawn) {
        if (Thread.currentThread() == thread) {
            return spawn.getAsInt();
        }
        Start start = new Start(spawn, new CompletableFuture<>());
        starts.add(start);
        return start.result().join();
    }

    private record Start(IntSupplier spawn, CompletableFuture<Integer> result) {
        void run() {
            try {
                result.complete(spawn.getAsInt());
            } catch (Throwable e) {
                result.completeExceptionally(e);
            }
        }
    }

    @Override
    public void wake() {
        starts.add(NOTHING);
    }

    @Override
    public void close() {
        // No start is waiting: each holds it.
    }

    private void run() {
        thread = Thread.currentThread();
        // It has inherited the processors of the first caller.
        Native.adoptAffinity();
        // Or a child that has got this processor is waited for: on two processors 9 of 10 starts within 0.9 ms, not
        // 0.27.
        Native.takeShortTurns();
        Failures failures = new Failures("the thread that starts workers");
        long waitNanos = OnDemand.idleNanos;
        while (waitNanos > 0) {
            try {
                Start start = starts.poll(waitNanos, TimeUnit.NANOSECONDS);
                waitNanos = start == null ? WARDEN.idle() : OnDemand.idleNanos;
                if (start != null) {
                    start.run();
                }
                failures.succeeded();
            } catch (Throwable e) {
                // The start has its answer. This thread may not end: its workers would die with it.
                failures.pause(e);
            }
        }
    }
}
