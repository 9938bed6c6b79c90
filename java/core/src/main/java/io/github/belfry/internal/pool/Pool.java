package io.github.belfry.internal.pool;

import io.github.belfry.PoolUnavailableException;
import io.github.belfry.RequestInterruptedException;
import io.github.belfry.Signal;
import io.github.belfry.internal.ring.SlotCounters;
import io.github.belfry.internal.sys.CallbackThreads;
import io.github.belfry.internal.sys.DaemonThread;
import io.github.belfry.internal.sys.Uninterruptible;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** What is behind a {@code WorkerPool}: its slots, its threads, and how its parts tell each other. */
public final class Pool implements SlotListener {
    private static final AtomicLong NUMBERS = new AtomicLong();

    /** What asks a worker to end. */
    private static final Set<Signal> ENDING = Set.of(Signal.TERM, Signal.INT, Signal.KILL);

    private final PoolOptions options;
    private final List<Slot> slots = new ArrayList<>();
    private final Events events;
    private final WaitingLine waitingLine = new WaitingLine();
    private final Placement placement;
    private final WaitEstimate waits;
    private final Route anyWorker;
    private final Sessions sessions;
    private final Dispatcher dispatcher;
    private final ReplyThread replies;
    private final Supervisor supervisor;
    private final @Nullable Thread hook;
    private volatile @Nullable List<SlotCounters> lastCounters;

    private Pool(PoolOptions options) throws IOException {
        this.options = options;
        events = new Events(options);
        replies = new ReplyThread(options, slots, events, this::delivering);
        Pace pace = new Pace(options.inFlightPerWorker());
        Admission admission = new Admission(options.name(), events);
        placement = new Placement(options, slots, pace, admission, replies, this);
        waits = new WaitEstimate(slots, placement.backlog(), waitingLine);
        anyWorker = new AnyWorker(placement, admission, waitingLine);
        sessions = new Sessions(options.name(), slots, admission, replies);
        dispatcher = new Dispatcher(options, placement, admission, this::refusalChanged, replies);
        try {
            for (int i = 0; i < options.workers(); i++) {
                slots.add(new Slot(options, i, pace, this));
            }
            supervisor = new Supervisor(options, slots, replies, dispatcher, placement, waits, events, this::ended);
        } catch (IOException | RuntimeException | Error e) {
            slots.forEach(Slot::close);
            replies.discard();
            throw e;
        }
        hook = options.shutdownHook()
                ? DaemonThread.unstarted("belfry-" + options.name() + "-shutdown", this::interrupt)
                : null;
    }

    public static long nextNumber() {
        return NUMBERS.incrementAndGet();
    }

    /** Blocks until all workers are ready. */
    public static Pool start(PoolOptions options) throws IOException {
        Pool pool = new Pool(options);
        try {
            if (pool.hook != null) {
                pool.hook.setContextClassLoader(null); // it runs no user code
                Runtime.getRuntime().addShutdownHook(pool.hook);
            }
            pool.events.start();
            pool.supervisor.start();
        } catch (Throwable e) {
            pool.discard();
            throw e;
        }
        return pool;
    }

    /** After a start that failed: what the supervisor has closed, if it ever ran, stays closed. */
    private void discard() {
        supervisor.discard();
        replies.discard();
        events.close(0);
        slots.forEach(Slot::close);
        removeHook();
    }

    private void removeHook() {
        if (hook == null) {
            return;
        }
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
            // It is the one that waits for us.
        }
    }

    /** The supervisor's last act. */
    private void ended() {
        lastCounters = counters();
        removeHook();
    }

    public String name() {
        return options.name();
    }

    /** {@link Deadlines#NEVER} for none. */
    public long requestTimeoutNanos() {
        return options.requestTimeoutNanos();
    }

    public int maxRequestBytes() {
        return options.maxRequestBytes();
    }

    public int maxReplyBytes() {
        return options.maxReplyBytes();
    }

    public List<Slot> slots() {
        return slots;
    }

    // ---- What its slots report

    @Override
    public void roomChanged(@Nullable Slot slot) {
        placement.mover().roomChanged(slot);
        waitingLine.changed();
        if (slot != null) {
            slot.sessionLine().changed();
            sessions.changed();
        }
    }

    /** Submitters that wait look whether they still may. */
    private void refusalChanged() {
        waitingLine.changed();
        sessions.changed();
        slots.forEach(slot -> slot.sessionLine().changed());
    }

    @Override
    public void unread(Slot slot) {
        replies.look(slot);
    }

    @Override
    public void consumerGone() {
        supervisor.wake();
    }

    @Override
    public void published(Request<?> request, boolean behindOthers) {
        if (behindOthers) {
            placement.mover().crowded();
        }
        supervisor.published(request);
    }

    @Override
    public void skipped(Request<?> wanted, ByteBuffer bytes) {
        placement.mover().giveBack(wanted, bytes);
    }

    private void delivering() {
        supervisor.delivering();
    }

    /** To any worker. */
    public Route anyWorker() {
        return anyWorker;
    }

    /** With the worker that has the fewest. Blocks until one is ready. */
    public Session session() {
        return sessions.open();
    }

    /** Takes the requests. */
    public Dispatcher dispatcher() {
        return dispatcher;
    }

    // ---- Workers

    public void signalAll(Signal signal) {
        if (lastCounters != null) {
            throw new IllegalStateException("pool " + options.name() + " is closed");
        }
        for (Slot slot : slots) {
            Incarnation incarnation = slot.incarnation();
            if (incarnation != null && ENDING.contains(signal)) {
                incarnation.askToEnd(signal);
            } else if (incarnation != null) {
                incarnation.child().ring(signal);
            }
        }
    }

    /** One after the other. Blocks. */
    public void restartWorkers() {
        for (int i = 0; i < slots.size(); i++) {
            CompletableFuture<Void> replaced = supervisor.replacement().ask(i);
            supervisor.wake();
            CallbackThreads.aboutToBlock();
            try {
                replaced.get();
            } catch (InterruptedException e) {
                replaced.cancel(false);
                Thread.currentThread().interrupt();
                throw new RequestInterruptedException("interrupted while workers were replaced", false);
            } catch (ExecutionException e) {
                throw (PoolUnavailableException) e.getCause().fillInStackTrace();
            }
        }
    }

    public List<Long> pids() {
        return slots.stream()
                .map(slot -> slot.worker().running())
                .filter(Objects::nonNull)
                .map(Incarnation::pid)
                .toList();
    }

    /** What the slots have counted by now; after the end the last values. */
    public List<SlotCounters> counters() {
        List<SlotCounters> last = lastCounters;
        if (last != null) {
            return last;
        }
        placement.writeCounters();
        return slots.stream().map(Slot::counters).toList();
    }

    // ---- For metrics

    public Tally tally() {
        return events.tally();
    }

    /** How many of its workers do this; none after the end. */
    public int workers(WorkerActivity activity) {
        if (lastCounters != null) {
            return 0;
        }
        return (int) slots.stream()
                .filter(slot -> WorkerActivity.of(slot) == activity)
                .count();
    }

    /** Begins to estimate how long requests wait. */
    public void estimateWaits() {
        waits.begin();
        supervisor.wake();
    }

    /** How long requests have waited since then, all together. */
    public long waitedNanos() {
        return waits.waitedNanos();
    }

    // ---- The end

    public void shutdown() {
        supervisor.shutdown().drain();
        supervisor.wake();
    }

    public boolean awaitTermination(long nanos) throws InterruptedException {
        CallbackThreads.aboutToBlock();
        return supervisor.finished().await(nanos, TimeUnit.NANOSECONDS);
    }

    public void close() {
        supervisor.shutdown().drainWithinGrace();
        supervisor.wake();
        if (!dispatcher.isInCallback() && !events.isListening()) {
            CallbackThreads.aboutToBlock();
            Uninterruptible.await(supervisor.finished());
        }
    }

    /** When the VM ends: Ctrl+C has reached only us. */
    private void interrupt() {
        supervisor.shutdown().interrupt();
        supervisor.wake();
        Uninterruptible.await(supervisor.finished());
    }
}
