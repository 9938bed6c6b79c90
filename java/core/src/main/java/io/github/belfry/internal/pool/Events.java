package io.github.belfry.internal.pool;

import io.github.belfry.PoolListener;
import io.github.belfry.WorkerException;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerInfo;
import io.github.belfry.internal.sys.DaemonThread;
import io.github.belfry.internal.sys.Failures;
import io.github.belfry.internal.sys.Uninterruptible;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells a pool's listener what happens, in order and in a thread of its own: a listener is foreign code, so neither its
 * exceptions nor its time are the pool's. Any thread may report; only {@link #close} blocks.
 */
public final class Events {
    /** While so many events wait, lines of standard error are dropped. */
    static final int MAX_WAITING = 2048;

    private final String name;
    private final PoolListener listener;
    private final Failures thrown;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Tally tally = new Tally();

    // Guarded by this object's monitor, which no foreign code is called under.
    private final Queue<Consumer<PoolListener>> waiting = new ArrayDeque<>();
    private @Nullable Thread thread;
    private @Nullable ClassLoader contextLoader;
    private boolean ending;
    private long droppedLines;
    private @Nullable WorkerInfo droppedFrom;

    public Events(PoolOptions options) {
        name = options.name();
        listener = options.listener() instanceof LoggingListener
                ? new LoggingListener("pool " + name)
                : options.listener();
        thrown = new Failures("pool " + name + ", its listener");
    }

    Tally tally() {
        return tally;
    }

    // ---- What happens

    void workerStarted(WorkerInfo worker) {
        if (worker.incarnation() > 1) {
            tally.restarted();
        }
        report(told -> told.workerStarted(worker));
    }

    void workerEnded(WorkerInfo worker, WorkerExit exit, String stderrTail) {
        report(told -> told.workerEnded(worker, exit, stderrTail));
    }

    void workerQuarantined(WorkerInfo worker, String brokenRule) {
        report(told -> told.workerQuarantined(worker, brokenRule));
    }

    void requestFailed(@Nullable WorkerInfo worker, WorkerException why) {
        tally.failed(why);
        report(told -> told.requestFailed(worker, why));
    }

    void breakerOpened(String why) {
        report(told -> told.breakerOpened(why));
        Recorder.CURRENT.breakerChanged(name, true, why);
    }

    void breakerClosed() {
        report(PoolListener::breakerClosed);
        Recorder.CURRENT.breakerChanged(name, false, "worker is ready");
    }

    /** Dropped while too many events wait. */
    synchronized void errorLine(WorkerInfo worker, String line) {
        if (waiting.size() >= MAX_WAITING) {
            droppedLines++;
            droppedFrom = worker;
        } else {
            report(told -> told.errorLine(worker, line));
        }
    }

    /** For a part of the pool, {@code where}: the listener is told of its failures. */
    Failures failures(String where) {
        String whole = "pool " + name + ", " + where;
        return new Failures(failure -> report(told -> {
            if (told instanceof LoggingListener log) {
                log.internalError(whole, failure);
            } else {
                told.internalError(failure);
            }
        }));
    }

    private synchronized void report(Consumer<PoolListener> event) {
        tellDropped();
        waiting.add(event);
        notifyAll();
    }

    /** In the place of the lines that were dropped. */
    private void tellDropped() {
        WorkerInfo worker = droppedFrom;
        if (worker != null) {
            String notice =
                    "(" + droppedLines + " lines of this pool's workers were dropped: its listener is too slow)";
            droppedLines = 0;
            droppedFrom = null;
            waiting.add(told -> told.errorLine(worker, notice));
        }
    }

    // ---- The thread

    /** The listener has the caller's context class loader, until the end. */
    synchronized void start() {
        contextLoader = Thread.currentThread().getContextClassLoader();
        thread = DaemonThread.start("belfry-" + name + "-listener", this::run);
    }

    /** Given away: a thread that has ended keeps what it was started with. */
    private synchronized @Nullable ClassLoader takeContextLoader() {
        ClassLoader taken = contextLoader;
        contextLoader = null;
        return taken;
    }

    /** Whether the caller is the listener, for which the pool's end can't wait. */
    synchronized boolean isListening() {
        return Thread.currentThread() == thread;
    }

    private void run() {
        Thread.currentThread().setContextClassLoader(takeContextLoader());
        for (Consumer<PoolListener> event = next(); event != null; event = next()) {
            try {
                event.accept(listener);
            } catch (Throwable e) {
                thrown.log(e);
            }
        }
        Thread.currentThread().setContextClassLoader(null);
        ended.countDown();
    }

    /** Blocks until there is one; null at the end. */
    private synchronized @Nullable Consumer<PoolListener> next() {
        while (waiting.isEmpty() && !ending) {
            try {
                wait();
            } catch (InterruptedException byListener) {
                // An interrupt means nothing to this thread.
            }
        }
        return waiting.poll();
    }

    /** No event comes any more. Blocks until the listener has heard all of them, for so long at most. Idempotent. */
    void close(long graceNanos) {
        synchronized (this) {
            tellDropped();
            ending = true;
            notifyAll();
            if (thread == null) {
                return;
            }
        }
        Uninterruptible.await(ended, graceNanos);
        synchronized (this) {
            waiting.clear();
        }
    }
}
