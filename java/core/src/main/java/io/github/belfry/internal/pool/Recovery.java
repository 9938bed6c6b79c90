package io.github.belfry.internal.pool;

import io.github.belfry.Signal;
import io.github.belfry.WorkerDiedException;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerInfo;
import io.github.belfry.WorkerStartException;
import io.github.belfry.internal.ring.Layout;
import io.github.belfry.internal.ring.RingMemory;
import io.github.belfry.internal.ring.RingReader;
import io.github.belfry.internal.ring.SlotCounters;
import io.github.belfry.internal.sys.Failures;
import io.github.belfry.internal.sys.LastLine;
import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Starts the incarnations of a slot's worker one after the other. When one has died, its last replies are taken, the
 * request in hand is blamed, and the next goes on behind the last answered request; {@link Worker} draws the states.
 * All methods are the supervisor's.
 */
final class Recovery {
    private final PoolOptions options;
    private final Slot slot;
    private final Worker worker;
    private final ReplyThread replies;
    private final Events events;
    private final Watcher watcher;
    private final Backoff backoff = new Backoff();
    private final Failures failures;
    private final Runnable onEnd;
    private long number;
    private Consumer<WorkerInfo> recordedStart = ready -> {};
    private LastEnd lastEnd = LastEnd.notStarted(null);

    Recovery(PoolOptions options, Slot slot, ReplyThread replies, Events events, Watcher watcher) {
        this.options = options;
        this.slot = slot;
        this.worker = slot.worker();
        this.replies = replies;
        this.events = events;
        this.watcher = watcher;
        this.onEnd = watcher::ended;
        this.failures = events.failures("worker " + slot.index());
    }

    /** The thread that watches the workers, as its recoveries see it. */
    interface Watcher {
        /** Wakes when an incarnation gets ready or writes to its standard error. */
        void watch(Recovery recovery, Incarnation incarnation) throws IOException;

        /** The incarnation is ready, or has ended. */
        void forget(Incarnation incarnation);

        /** A process has ended. Called by the reaper: neither blocks nor fails. */
        void ended();

        /** Whether the pool ends its workers: their deaths are no request's fault then. */
        boolean isEnding();
    }

    Slot slot() {
        return slot;
    }

    Worker worker() {
        return worker;
    }

    /** Whether its process ends with the VM. */
    boolean diesWithParent() {
        return options.launch(slot.index()).attributes().dieWithParent();
    }

    LastEnd lastEnd() {
        return lastEnd;
    }

    // ---- Starting

    /**
     * The next incarnation, whose reading begins at the oldest unanswered request; fails as the system says. Under the
     * consumer lock, but for the first.
     */
    void startIncarnation() throws IOException {
        RingMemory requests = slot.requests();
        number++;
        recordedStart = Recorder.CURRENT.workerStarting();
        slot.queue().tellOldest(); // it may be answered before this thread sees that the worker is ready
        requests.setRelease(Layout.REPLY_HEAD, 0);
        requests.set(Layout.RESUME, slot.writer().freed());
        requests.set(Layout.REQUESTS_INCARNATION, number);
        requests.set(Layout.ENDED_NANOS, 0);
        Incarnation next = Incarnation.start(options, slot, events);
        worker.started(next, PoolOptions.later(System.nanoTime(), options.startTimeoutNanos()));
        try {
            replies.watch(slot, next);
            watcher.watch(this, next);
        } catch (Throwable refused) {
            failures.log(refused);
            next.kill(); // and is cleaned up as any other that has died
        }
        next.child().whenEnded(onEnd);
    }

    /** The next incarnation if it is time, and no thread reads replies at the moment; false when it failed to start. */
    boolean restartIfDue(long now) {
        if (!worker.isDown() || !worker.isDue(now) || !tryConsume()) {
            return true;
        }
        try {
            slot.answers().dropSettled();
            startIncarnation();
            return true;
        } catch (Throwable e) {
            failures.log(e);
            worker.startAt(System.nanoTime() + backoff.diedBeforeReady());
            lastEnd = LastEnd.notStarted(e);
            return false;
        } finally {
            slot.stopConsuming();
            // The worker may have answered while the supervisor had the lock, and the reply thread have looked.
            replies.look(slot);
        }
    }

    void restartNow(long now) {
        if (worker.isDown()) {
            worker.startAt(now);
        }
    }

    /** Its deaths before the breaker was closed don't count any more. */
    void beginAgain(long now) {
        backoff.progress();
        restartNow(now);
    }

    /** Whether it has died too often in a row, and has answered nothing since. */
    boolean hasGivenUp() {
        Incarnation incarnation = worker.incarnation();
        return backoff.deathsInARow() >= options.breakerDeaths()
                && (incarnation == null || !incarnation.reader().hasAnswered());
    }

    /** Reads the worker's own word that it is ready; kills it if it is late. True when it has just become ready. */
    boolean checkReady(long now) {
        Incarnation incarnation = worker.incarnation();
        if (worker.state() == Worker.State.STARTING && incarnation != null && incarnation.isReady()) {
            ready(incarnation);
            slot.tellFreed();
            watcher.forget(incarnation); // from now on it rings for its replies
            incarnation.ringer().ring(); // requests published before have rung no worker
            return true;
        }
        worker.killIfDue(now);
        return false;
    }

    private void ready(Incarnation incarnation) {
        slot.queue().tellOldest();
        worker.ready();
        events.workerStarted(incarnation.info());
        recordedStart.accept(incarnation.info());
    }

    /** Reads what the worker has written to its standard error; true when nothing is left. */
    boolean readStderr() {
        Incarnation incarnation = worker.incarnation();
        return incarnation == null || incarnation.stderr().pump();
    }

    // ---- The end of the pool

    void signalToEnd(Signal signal) {
        Incarnation incarnation = worker.incarnation();
        if (incarnation != null) {
            incarnation.signalToEnd(signal);
        }
    }

    /** Memory that a callback still reads or writes is closed when it returns. */
    void release() {
        Incarnation incarnation = worker.incarnation();
        if (incarnation != null) {
            replies.forget(incarnation);
            incarnation.closeProcess();
        }
        slot.retire();
    }

    /** Why the first incarnation never got ready. */
    WorkerStartException notReady() {
        String how = worker.wasLate()
                ? "it wasn't ready within " + TimeUnit.NANOSECONDS.toMillis(options.startTimeoutNanos()) + " ms"
                        + lastEnd.remarks()
                : "it ended before it was ready: " + lastEnd;
        return new WorkerStartException(
                "cannot start " + options.launch(slot.index()).program() + ": " + how,
                "ready",
                "",
                lastEnd.exit(),
                lastEnd.stderrTail());
    }

    /** While no worker runs: gives the room back of requests that were settled meanwhile, or have moved. */
    void dropSettled() {
        Request<?> oldest = slot.oldestPublished();
        if (!worker.isDown() || oldest == null || !oldest.isSettled() || !tryConsume()) {
            return;
        }
        try {
            slot.answers().dropSettled();
        } finally {
            slot.stopConsuming();
        }
    }

    // ---- Death

    private boolean tryConsume() {
        slot.wantConsumer(true);
        if (!slot.tryConsume()) {
            return false;
        }
        slot.wantConsumer(false);
        return true;
    }

    /** Does all that has to be done if the worker has ended; false while another thread reads its replies. */
    boolean cleanUp() {
        Incarnation incarnation = worker.incarnation();
        if (incarnation == null || incarnation.exit() == null) {
            return true;
        }
        if (worker.state() != Worker.State.ENDED) {
            ended(incarnation);
        }
        if (!tryConsume()) {
            return false;
        }
        try {
            takeLastReplies(incarnation);
            account(incarnation);
            worker.down();
            decide(incarnation);
            Recorder.CURRENT.workerEnded(incarnation.info(), lastEnd.exit(), incarnation.reader().answers());
        } catch (OutOfMemoryError e) {
            // Until the worker is down all is done once more; after that only the verdict and its record are missing.
            if (!worker.isDown()) {
                throw e;
            }
            failures.log(e);
        } finally {
            slot.stopConsuming();
        }
        slot.withdrawal().setReplies(null);
        replies.forget(incarnation);
        watcher.forget(incarnation);
        incarnation.close();
        return true;
    }

    private void ended(Incarnation incarnation) {
        slot.requests().set(Layout.ENDED_NANOS, incarnation.child().endedNanos());
        if (worker.state() == Worker.State.STARTING && incarnation.hasBeenReady()) {
            ready(incarnation); // which no thread has noticed
        }
        incarnation.stderr().finish();
        WorkerExit exit = Objects.requireNonNull(incarnation.exit());
        lastEnd = new LastEnd(exit, incarnation.hasAttached(), incarnation.stderr().text(), null);
        events.workerEnded(incarnation.info(), exit, lastEnd.stderrTail());
        worker.ended(); // last: what failed for want of memory is done once more
    }

    /** What it answered in its last moment isn't done again. */
    private void takeLastReplies(Incarnation incarnation) {
        RingReader reader = incarnation.reader();
        CopyBuffer copies = new CopyBuffer();
        for (Request<?> request = nextAnswered(incarnation); request != null; request = nextAnswered(incarnation)) {
            slot.tellFreed();
            if (request.settlePinned() && request.keep(reader, copies)) {
                replies.answer(request);
            } else {
                request.forget();
            }
        }
    }

    /** The same for a thread that waits for a pin. */
    private @Nullable Request<?> nextAnswered(Incarnation incarnation) {
        Request<?> next = slot.answers().next(incarnation);
        while (next == null && !incarnation.isBroken() && incarnation.reader().hasMore()) {
            Thread.yield();
            next = slot.answers().next(incarnation);
        }
        return next;
    }

    /**
     * The counters of this incarnation go into those of the slot, unless they may be nonsense. How much it answered we
     * know better: it counts before it publishes, and may have died in between. SUMMED is odd meanwhile, so that a
     * thread or process that reads them counts it once, and its death with it.
     */
    private void account(Incarnation incarnation) {
        RingMemory from = incarnation.replies();
        RingMemory to = slot.requests();
        to.set(Layout.SUMMED, 2 * number - 1);
        VarHandle.releaseFence();
        to.add(Layout.PAST_ANSWERED, incarnation.reader().answers());
        to.add(Layout.PAST_FAULTS, incarnation.reader().faults());
        if (!incarnation.isBroken()) {
            long endedNanos = incarnation.child().endedNanos();
            to.add(Layout.PAST_BUSY_NANOS, SlotCounters.busyNanos(from.get(Layout.BUSY_NANOS), endedNanos));
            to.add(Layout.PAST_WAKES, from.get(Layout.WAKES));
            to.add(Layout.PAST_SIGNALS, from.get(Layout.SIGNALS));
            to.add(Layout.PAST_RESCUES, from.get(Layout.RESCUES));
        }
        if (!watcher.isEnding() && !incarnation.isReplaced()) {
            to.add(Layout.DEATHS, 1);
            events.tally().died(lastEnd.exit());
        }
        to.setRelease(Layout.SUMMED, 2 * number);
    }

    /** Whose fault it was, and when the next incarnation begins. */
    private void decide(Incarnation incarnation) {
        // First, in case that the rest fails for want of memory.
        worker.startAt(System.nanoTime());
        boolean withRequest = hadInHand(incarnation, slot.oldestPublished());
        slot.answers().dropSettled(); // cancelled, late, or moved, which is no progress
        blame(incarnation);
        failSession(incarnation);
        boolean settled = slot.answers().dropSettled() > 0 || worker.wasAborted();
        if (settled || incarnation.reader().hasAnswered()) {
            backoff.progress();
        } else if (!incarnation.isAskedToEnd()) {
            worker.startAt(System.nanoTime() + backoff.died(worker, withRequest));
        }
        Request<?> next = slot.oldestPublished();
        if (next != null) {
            slot.writer().setAttempt(next.start(), next.attempt());
        }
    }

    private static boolean hadInHand(Incarnation incarnation, @Nullable Request<?> oldest) {
        return oldest != null && oldest.end() == incarnation.inHand();
    }

    /** The oldest request, if the worker had it in hand and died by itself. Too often, and it is given up. */
    private void blame(Incarnation incarnation) {
        Request<?> oldest = slot.oldestPublished();
        while (oldest != null && oldest.future != null && !oldest.pin()) {
            slot.answers().dropSettled();
            oldest = slot.oldestPublished();
        }
        if (oldest == null || oldest.future == null) {
            return;
        }
        boolean inHand = hadInHand(incarnation, oldest);
        boolean blamed = inHand && !worker.wasAborted() && !watcher.isEnding();
        oldest.hasBegun |= inHand;
        if (blamed) {
            oldest.blames++;
        }
        oldest.unpin();
        if (blamed && oldest.blames >= options.maxAttempts()) {
            replies.fail(oldest.failing(
                    oldest.id(),
                    request -> died(request, incarnation),
                    failure -> events.requestFailed(incarnation.info(), failure)));
        }
    }

    /** What is only for this incarnation: also what was published just now, or its publisher sees that none is here. */
    private void failSession(Incarnation incarnation) {
        int mark = Session.mark(incarnation);
        VarHandle.fullFence();
        for (Request<?> request = slot.queue().peek(); request != null; request = request.next) {
            if (request.mark() == mark && request.future != null && !request.isSettled()) {
                boolean begun = request.end() <= incarnation.inHand();
                WorkerDiedException why = Session.died(options.name(), incarnation, begun, begun ? 1 : 0);
                events.requestFailed(incarnation.info(), why);
                Session.fail(request, slot, replies, why);
            }
        }
        slot.sessionLine().changed();
    }

    private WorkerDiedException died(Request<?> request, Incarnation incarnation) {
        String message = incarnation + ", with the request in hand, attempt " + request.blames + " of "
                + options.maxAttempts() + LastLine.said(lastEnd.stderrTail());
        return new WorkerDiedException(message, lastEnd.exit(), request.blames, lastEnd.stderrTail());
    }
}
