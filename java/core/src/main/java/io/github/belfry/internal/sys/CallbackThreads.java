package io.github.belfry.internal.sys;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The threads that run callbacks, of a pool or of processes' ends. One at a time leads; while a callback blocks it
 * another one goes on. So leading is a role, and the turn says which thread has it:
 *
 * <pre>
 * the thread that leads                    the thread that watches, or a callback that is about to block
 *   turn = next odd
 *   runs a callback                          turn odd: another thread may compare-and-set it
 *   compare-and-set it to the next even        to the next even, and leads
 *     fails: another one leads, it ends
 * </pre>
 *
 * <p>An even turn belongs to the thread that made it, with all that the role works with: both steps are a release, and
 * the compare-and-set is an acquire. No number comes twice.
 */
public final class CallbackThreads {
    /** A callback that takes longer is taken for blocked. */
    public static final long BLOCKED_NANOS = 10_000_000;

    private static final long IDLE_MILLIS = 500;
    private static final VarHandle TURN = Field.of(MethodHandles.lookup(), "turn", long.class);

    private final String name;
    private final Runnable role;
    private final Failures caught;
    private final Set<CallbackThread> alive = ConcurrentHashMap.newKeySet();

    /** A thread that doesn't lead any more waits a moment, because a callback that blocks seldom comes alone. */
    private final ThreadPoolExecutor threads = new ThreadPoolExecutor(
            0, Integer.MAX_VALUE, IDLE_MILLIS, TimeUnit.MILLISECONDS, new SynchronousQueue<>(), this::newThread);

    /** Odd: it may be taken over, at the start as well. */
    private volatile long turn = 1;

    private @Nullable ClassLoader contextLoader;

    // For the thread that watches.
    private long seenTurn;
    private long seenAtNanos;

    /** {@code role} is run by each thread that leads, until a {@link #run} gives false or nothing is left to do. */
    public CallbackThreads(String name, Runnable role, Failures caught) {
        this.name = name;
        this.role = role;
        this.caught = caught;
    }

    /** Also tells callbacks from other threads. */
    private static final class CallbackThread extends Thread {
        private final CallbackThreads whose;

        /** The turn of the callback that it runs. */
        private long inside;

        /** What that callback completes, if it was given with one. */
        private @Nullable CompletableFuture<?> answering;

        CallbackThread(CallbackThreads whose, Runnable run) {
            super(null, run, whose.name, 0, false);
            this.whose = whose;
            setDaemon(true);
            setContextClassLoader(null);
        }

        @Override
        public void run() {
            whose.alive.add(this);
            try {
                super.run();
            } finally {
                whose.alive.remove(this);
            }
        }
    }

    private Thread newThread(Runnable run) {
        return new CallbackThread(this, run);
    }

    /** Callbacks get this context class loader. */
    public void start(@Nullable ClassLoader loader) {
        contextLoader = loader;
        threads.execute(() -> lead(turn));
    }

    private void lead(long before) {
        if (!TURN.compareAndSet(this, before, before + 1)) {
            return;
        }
        Thread.currentThread().setContextClassLoader(contextLoader);
        try {
            role.run();
        } finally {
            Thread.currentThread().setContextClassLoader(null);
        }
    }

    // ---- For the thread that leads

    /**
     * Runs a callback, whatever it throws. False when another thread leads now.
     *
     * @param answering what it completes, for {@link #unanswered}
     */
    public boolean run(Runnable callback, @Nullable CompletableFuture<?> answering) {
        CallbackThread thread = (CallbackThread) Thread.currentThread();
        long inside = turn + 1;
        thread.inside = inside;
        thread.answering = answering;
        TURN.setRelease(this, inside);
        try {
            callback.run();
        } catch (Throwable e) {
            caught.log(e);
        }
        thread.answering = null;
        Thread.interrupted(); // the next callback isn't meant
        return TURN.compareAndSet(this, inside, inside + 1);
    }

    /** What the callbacks of threads that have led before haven't completed. */
    public List<CompletableFuture<?>> unanswered() {
        return alive.stream()
                .<@Nullable CompletableFuture<?>>map(thread -> thread.answering)
                .filter(Objects::nonNull)
                .filter(future -> !future.isDone())
                .toList();
    }

    /** No thread leads from now on. Those that a callback blocks end when it returns. */
    public void end() {
        contextLoader = null;
        threads.shutdown();
    }

    // ---- For other threads

    /** Whether the caller is one of these callbacks. */
    public boolean isCallback() {
        return Thread.currentThread() instanceof CallbackThread thread && thread.whose == this;
    }

    /** Before the caller blocks: if it is a callback, another thread leads. */
    public static void aboutToBlock() {
        if (Thread.currentThread() instanceof CallbackThread thread) {
            thread.whose.relieve(thread.inside);
        }
    }

    /** Has another thread lead if the same callback runs as some time ago. For one thread, again and again. */
    public void relieveBlocked(long now) {
        long seen = turn;
        if (seen != seenTurn) {
            seenTurn = seen;
            seenAtNanos = now;
        } else if (now - seenAtNanos >= BLOCKED_NANOS) {
            seenAtNanos = now;
            relieve(seen);
        }
    }

    /** Until another thread runs the one that is blocked still leads, so nothing is lost if none can be started. */
    private void relieve(long inside) {
        if ((inside & 1) == 0 || turn != inside) {
            return;
        }
        try {
            threads.execute(() -> lead(inside));
        } catch (RejectedExecutionException ended) {
            // The last thread has led.
        } catch (Throwable refused) {
            caught.log(refused);
        }
    }
}
