package io.github.belfry.internal.pool;

import io.github.belfry.internal.process.Child;
import io.github.belfry.internal.sys.CallbackThreads;
import io.github.belfry.internal.sys.DaemonThread;
import io.github.belfry.internal.sys.Failures;
import io.github.belfry.internal.sys.Uninterruptible;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The thread of a pool that sees to deaths, deadlines, restarts, the workers' standard error and the stop. It only ever
 * tries a consumer lock and runs no callback, so nothing that users do delays it. With nothing in flight it sleeps.
 */
final class Supervisor implements Recovery.Watcher {
    private static final int READY_KEY = 0;
    private static final int STDERR_KEY = 1;
    private static final int KEYS = 2;
    private static final int MAX_TICKS_AT_ONCE = 2;
    private static final long RETRY_NANOS = 10_000_000;
    private static final int FINISH_TRIES = 10;
    private static final int CLEAN_UP_TRIES = 16;

    private final PoolOptions options;
    private final List<Recovery> recoveries = new ArrayList<>();
    private final List<ExecutionTimeout> timeouts = new ArrayList<>();
    private final Deadlines deadlines;
    private final ReplyThread replies;
    private final Dispatcher dispatcher;
    private final Placement placement;
    private final WaitEstimate waits;
    private final Events events;
    private final Poller poller;
    private final Runnable beforeRelease;
    private final Breaker breaker;
    private final Shutdown shutdown;
    private final Set<Recovery> withStderr = new LinkedHashSet<>();
    private final Failures failures;
    private final Starting starting;
    private final Replacement replacement;
    private final CountDownLatch finished = new CountDownLatch(1);

    /** Sleeps with nothing in flight: a thread that publishes has to wake it. */
    private volatile boolean dozing;

    private boolean isCleanedUp = true;
    private long tickedAtNanos;
    private long submittedAtTick;

    Supervisor(
            PoolOptions options,
            List<Slot> slots,
            ReplyThread replies,
            Dispatcher dispatcher,
            Placement placement,
            WaitEstimate waits,
            Events events,
            Runnable beforeRelease)
            throws IOException {
        this.beforeRelease = beforeRelease;
        this.options = options;
        this.replies = replies;
        this.dispatcher = dispatcher;
        this.placement = placement;
        this.waits = waits;
        this.events = events;
        this.poller = new Poller("the pool " + options.name());
        for (Slot slot : slots) {
            recoveries.add(new Recovery(options, slot, replies, events, this));
            timeouts.add(new ExecutionTimeout(options, slot, replies, events));
        }
        this.deadlines = new Deadlines(options, placement, replies, events);
        this.failures = events.failures("its supervisor");
        this.breaker = new Breaker(options, recoveries, dispatcher, events);
        this.shutdown = new Shutdown(options, recoveries, dispatcher, placement);
        this.starting = new Starting(options, recoveries, shutdown);
        this.replacement = new Replacement(options, recoveries);
    }

    // ---- Starting

    /** Starts every worker and waits until all are ready; on failure none is left. Blocks. */
    void start() throws IOException {
        replies.start();
        try {
            DaemonThread.start("belfry-" + options.name() + "-supervisor", this::run);
        } catch (Throwable noThread) {
            replies.stop();
            Uninterruptible.await(replies.ended());
            throw noThread;
        }
        starting.await(finished);
    }

    // ---- For other threads

    void wake() {
        poller.wake();
    }

    /** A request is in a queue. The caller has fenced since. */
    void published(Request<?> request) {
        long deadline = request.timing().deadlineNanos();
        if (deadline != Deadlines.NEVER && deadlines.add(deadline) || dozing) {
            poller.wake();
        }
    }

    /** Callbacks begin to run. The caller has fenced since. */
    void delivering() {
        if (dozing) {
            poller.wake();
        }
    }

    @Override
    public void ended() {
        poller.wake();
    }

    Replacement replacement() {
        return replacement;
    }

    Shutdown shutdown() {
        return shutdown;
    }

    @Override
    public boolean isEnding() {
        return shutdown.isEnding();
    }

    /** When it hasn't been started and won't be: a wait for its end returns. */
    void discard() {
        poller.close();
        finished.countDown();
    }

    CountDownLatch finished() {
        return finished;
    }

    // ---- Descriptors to watch

    @Override
    public void watch(Recovery recovery, Incarnation incarnation) throws IOException {
        long key = (long) recovery.slot().index() * KEYS;
        Child child = incarnation.child();
        poller.add(incarnation.doorbell(), key + READY_KEY, child.toString());
        poller.add(epoll -> child.pipes().watchStderr(epoll, key + STDERR_KEY), "the standard error of " + child);
    }

    @Override
    public void forget(Incarnation incarnation) {
        poller.remove(incarnation.doorbell());
    }

    private void ready(int key) {
        Recovery recovery = recoveries.get(key / KEYS);
        if (key % KEYS == STDERR_KEY) {
            withStderr.add(recovery);
        } else {
            checkReady(recovery, System.nanoTime());
        }
    }

    private void checkReady(Recovery recovery, long now) {
        if (recovery.checkReady(now)) {
            breaker.ready();
            starting.check();
        }
    }

    // ---- The thread itself

    private void run() {
        tickedAtNanos = System.nanoTime();
        starting.startWorkers();
        while (!shutdown.isOver()) {
            try {
                round();
                failures.succeeded();
            } catch (Throwable e) {
                // The next round finds what wasn't done. This thread may not end before the pool.
                failures.pause(e);
            }
        }
        finish();
    }

    private void round() {
        poller.await(timeoutMillis(), this::ready);
        dozing = false;
        isCleanedUp = cleanUp();
        withStderr.removeIf(Recovery::readStderr);
        long now = System.nanoTime();
        for (Recovery recovery : recoveries) {
            checkReady(recovery, now);
            recovery.dropSettled();
        }
        placement.balance();
        deadlines.expire();
        if (!shutdown.isEnding()) {
            breaker.restart(now);
            replacement.proceed(now);
        }
        tick(now);
        waits.look(now);
        replies.relieveBlocked(now);
        shutdown.proceed(now);
    }

    /** After every death that hasn't been dealt with; false when another thread still reads a dead worker's replies. */
    private boolean cleanUp() {
        boolean all = true;
        for (Recovery recovery : recoveries) {
            if (recovery.worker().isDown()) {
                continue;
            }
            boolean done = recovery.cleanUp();
            all &= done;
            if (done && recovery.worker().isDown() && !shutdown.isEnding()) {
                countDeath(recovery);
            }
        }
        return all;
    }

    private void countDeath(Recovery recovery) {
        if (starting.isOver()) {
            breaker.died();
        } else {
            starting.fail(recovery.notReady());
        }
    }

    private void tick(long now) {
        long delta = now - tickedAtNanos;
        if (delta < ExecutionTimeout.tickNanos(options)) {
            return;
        }
        tickedAtNanos = now;
        // The VM was stopped, or this thread had no processor: the workers may have had none either.
        long counted = Math.min(delta, MAX_TICKS_AT_ONCE * ExecutionTimeout.tickNanos(options));
        for (ExecutionTimeout timeout : timeouts) {
            timeout.tick(now, counted);
        }
    }

    /** Until the next thing that no descriptor tells; for ever when there is none. */
    private int timeoutMillis() {
        long now = System.nanoTime();
        long next = Math.min(shutdown.nextNanos(), deadlines.nextNanos());
        if (!shutdown.isEnding()) {
            next = Math.min(next, breaker.nextNanos());
        }
        for (Recovery recovery : recoveries) {
            if (!recovery.worker().isDown()) {
                next = Math.min(next, recovery.worker().dueNanos());
            }
        }
        if (!withStderr.isEmpty() || !isCleanedUp || replacement.isUnderWay()) {
            next = Math.min(next, now + RETRY_NANOS);
        }
        boolean busy = isBusy();
        if (!busy) {
            dozing = true;
            // The volatile store of dozing, then the load of what is in flight; a publisher has it the other way round.
            busy = isBusy();
        }
        if (busy) {
            next = Math.min(next, tickedAtNanos + ExecutionTimeout.tickNanos(options));
            next = Math.min(next, waits.nextNanos(now));
        } else {
            waits.pause();
        }
        if (replies.isDelivering()) {
            next = Math.min(next, now + CallbackThreads.BLOCKED_NANOS);
        }
        if (next == Long.MAX_VALUE) {
            return -1;
        }
        return (int) Math.max(1, Math.min(Integer.MAX_VALUE, TimeUnit.NANOSECONDS.toMillis(next - now + 999_999)));
    }

    /** Whether anything is in flight, or was since the last time, or callbacks run. */
    private boolean isBusy() {
        long submitted = 0;
        boolean loaded = !placement.backlog().isEmpty();
        for (Recovery recovery : recoveries) {
            submitted += recovery.slot().writer().submitted();
            loaded |= recovery.slot().load() > 0;
        }
        boolean moved = submitted != submittedAtTick;
        submittedAtTick = submitted;
        return loaded || moved || replies.isDelivering(); // last: a reply is delivered after it was in flight
    }

    /** Every worker has ended: what is left fails, and all that was opened is closed. */
    private void finish() {
        try {
            replacement.end();
            retrying(this::awaitCleanUp);
            retrying(dispatcher::failWhatIsLeft);
            replies.stop();
            retrying(this::awaitDelivery);
            retrying(beforeRelease);
            recoveries.forEach(Recovery::release);
        } finally {
            poller.close();
            events.close(options.closeGraceNanos());
            starting.end();
            finished.countDown();
        }
    }

    /** What the step fails of, want of memory for example, may pass; and {@code close} waits for the end. */
    private void retrying(Runnable step) {
        for (int tries = 1; tries <= FINISH_TRIES; tries++) {
            try {
                step.run();
                return;
            } catch (Throwable e) {
                failures.pause(e);
            }
        }
    }

    private void awaitCleanUp() {
        for (int tries = 0; !cleanUp() && tries < CLEAN_UP_TRIES; tries++) {
            Uninterruptible.sleepMillis(1);
        }
    }

    /** Every future is completed then. A {@code read} is waited for as a request is, other callbacks not. */
    private void awaitDelivery() {
        long readUntilNanos = shutdown.readUntilNanos();
        while (!Uninterruptible.await(replies.ended(), CallbackThreads.BLOCKED_NANOS)) {
            long now = System.nanoTime();
            replies.relieveBlocked(now);
            if (now >= readUntilNanos) {
                replies.giveUpReads();
            }
        }
    }
}
