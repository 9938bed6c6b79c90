package io.github.belfry.internal.process;

import io.github.belfry.WorkerStartException;
import io.github.belfry.internal.sys.CallbackThreads;
import io.github.belfry.internal.sys.Failures;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The thread that completes the futures of ends, whose callbacks are foreign code. While one blocks another thread goes
 * on with the next, which the reaper sees to.
 *
 * <p>What is due holds it, and holds the reaper, until it is begun.
 */
final class ExitThread implements OnDemand.Sleeper {
    private static final OnDemand<ExitThread> EXITS = new OnDemand<>(ExitThread::begin);
    private static final Runnable NOTHING = () -> {};

    private final BlockingQueue<Runnable> due = new LinkedBlockingQueue<>();
    private final Failures failures = new Failures("the thread that completes futures of ends");
    private final CallbackThreads threads = new CallbackThreads("belfry-exits", this::lead, failures);

    private ExitThread() {}

    private static ExitThread begin() {
        ExitThread exits = new ExitThread();
        exits.threads.start(null);
        return exits;
    }

    /** Has it run in that thread, after what was given before. For a thread that holds the reaper, or is it. */
    static void run(Runnable completion, Reaper reaper) {
        ExitThread exits;
        try {
            exits = EXITS.hold();
        } catch (WorkerStartException e) {
            throw new AssertionError(e); // begin() throws none
        }
        Reaper.holdAgain();
        exits.due.add(completion);
        reaper.look();
    }

    /** For the reaper's thread; until when it need not be called again, in nanoseconds from now. */
    static long relieveBlocked(long now) {
        ExitThread exits = EXITS.running();
        if (exits == null || exits.due.isEmpty()) {
            return OnDemand.FOREVER;
        }
        exits.threads.relieveBlocked(now);
        return CallbackThreads.BLOCKED_NANOS;
    }

    @Override
    public void wake() {
        due.add(NOTHING);
    }

    @Override
    public void close() {
        threads.end();
    }

    private void lead() {
        long waitNanos = OnDemand.idleNanos;
        while (waitNanos > 0) {
            try {
                Runnable next = due.poll(waitNanos, TimeUnit.NANOSECONDS);
                waitNanos = next == null ? EXITS.idle() : OnDemand.idleNanos;
                if (next != null && next != NOTHING && !run(next)) {
                    return;
                }
                failures.succeeded();
            } catch (Throwable e) {
                failures.pause(e);
            }
        }
    }

    /** False when another thread leads now. */
    private boolean run(Runnable completion) {
        EXITS.release();
        Reaper.release();
        return threads.run(completion, null);
    }
}
