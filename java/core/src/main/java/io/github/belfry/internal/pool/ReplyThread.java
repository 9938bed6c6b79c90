package io.github.belfry.internal.pool;

import io.github.belfry.Doorbell;
import io.github.belfry.PoolUnavailableException;
import io.github.belfry.WorkerException;
import io.github.belfry.internal.ring.Layout;
import io.github.belfry.internal.sys.CallbackThreads;
import io.github.belfry.internal.sys.Failures;
import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * The thread of a pool that reads replies and runs callbacks, failures among them. It sleeps in {@code epoll_wait} over
 * the eventfds of all workers, which also say which of them has something.
 *
 * <p>It is a role: while a callback blocks, another thread goes on with all that is here, see {@link CallbackThreads}.
 * So replies are copied and the consumer lock is given back before the first callback of a batch runs.
 */
final class ReplyThread {
    private static final int ROUNDS_PER_POLL = 16;
    private static final int SAFETY_NET_MILLIS = 1000;
    private static final long SAFETY_NET_NANOS = SAFETY_NET_MILLIS * 1_000_000L;
    private static final int LAST_READS_MILLIS = 2;

    private final PoolOptions options;
    private final List<Slot> slots;
    private final Events events;
    private final Poller poller;
    private final Failures caught;
    private final ActiveSlots active;
    private final Queue<Slot> attention = new ConcurrentLinkedQueue<>();
    private final Queue<Runnable> given = new ConcurrentLinkedQueue<>();
    private final ReplyBatch batch = new ReplyBatch();
    private final CallbackThreads threads;
    private final Runnable onDelivery;
    private final CountDownLatch ended = new CountDownLatch(1);

    /** Not asleep: it runs callbacks, or may in a moment. */
    private volatile boolean delivering;

    private volatile boolean stopping;
    private volatile boolean givesUpReads;
    private boolean found;
    private long rescuedAtNanos = System.nanoTime();

    /** {@code onDelivery} is run before callbacks are, which may block: from then on they have to be watched. */
    ReplyThread(PoolOptions options, List<Slot> slots, Events events, Runnable onDelivery) throws IOException {
        this.options = options;
        this.slots = slots;
        this.active = new ActiveSlots(options.workers());
        this.events = events;
        this.poller = new Poller("the pool " + options.name());
        this.caught = events.failures("its reply thread");
        this.onDelivery = onDelivery;
        this.threads = new CallbackThreads("belfry-" + options.name() + "-replies", this::lead, caught);
    }

    /** Callbacks get the context class loader of the caller. */
    void start() {
        threads.start(Thread.currentThread().getContextClassLoader());
    }

    /** Whether the caller is one of this pool's callbacks. */
    boolean isCallback() {
        return threads.isCallback();
    }

    // ---- For other threads

    /** An incarnation that has been made the current one of its slot. */
    void watch(Slot slot, Incarnation incarnation) throws IOException {
        poller.add(incarnation.doorbell(), slot.index(), incarnation.child().toString());
        look(slot);
    }

    void forget(Incarnation incarnation) {
        poller.remove(incarnation.doorbell());
    }

    /** There may be something in this slot. */
    void look(Slot slot) {
        attention.add(slot);
        poller.wake();
    }

    /** A reply that a dead worker has left, and that was kept: its future is completed here. */
    void answer(Request<?> request) {
        give(request);
    }

    /** The same for what completes a future exceptionally. */
    void fail(Runnable failure) {
        give(failure);
    }

    private void give(Runnable callback) {
        given.add(callback);
        poller.wake();
    }

    /** Whether callbacks run, so that {@link #relieveBlocked} has to be called again and again. */
    boolean isDelivering() {
        return delivering;
    }

    /** Another thread goes on if a callback blocks. For the supervisor. */
    void relieveBlocked(long now) {
        threads.relieveBlocked(now);
    }

    /** No slot is read any more; what was given to it is still run, and then it ends, when each read has returned. */
    void stop() {
        stopping = true;
        poller.wake();
    }

    /** After {@code stop}: what reads haven't returned by now fails. */
    void giveUpReads() {
        givesUpReads = true;
    }

    /** When it hasn't been started and won't be. */
    void discard() {
        poller.close();
    }

    CountDownLatch ended() {
        return ended;
    }

    // ---- The thread itself

    private void lead() {
        batch.changeMemory();
        for (boolean leads = true; leads; ) {
            try {
                leads = stopping ? finish() : work();
                caught.succeeded();
            } catch (Throwable e) {
                // The next round finds what wasn't done. The role may not end before the pool.
                caught.pause(e);
                slots.forEach(active::add);
            }
        }
    }

    /** Reads until there is nothing more, then sleeps until there is. False when another thread leads now. */
    private boolean work() {
        long idleSince = 0;
        for (int round = 1; !stopping; round++) {
            if (round % ROUNDS_PER_POLL == 0) {
                listen(0);
            }
            found = takeAttention();
            announce();
            if (!runAll() || !readActive()) {
                return false;
            }
            if (found) {
                idleSince = 0;
            } else if (options.doorbell() == Doorbell.SPIN) {
                slots.forEach(active::add);
                Thread.yield();
            } else if (options.steadySpinNanos() == 0 || isAllPolled()) {
                sleep();
                return true;
            } else {
                long now = System.nanoTime();
                idleSince = idleSince == 0 ? now : idleSince;
                if (now - idleSince >= options.steadySpinNanos()) {
                    sleep();
                    return true;
                }
                Thread.onSpinWait();
            }
        }
        return true;
    }

    /** Before the first reply is taken: what was in flight until then is in here from then on. */
    private void announce() {
        if (!delivering && (!active.isEmpty() || !given.isEmpty())) {
            delivering = true;
            onDelivery.run();
        }
    }

    /** Nothing more comes. False when another thread leads now, or all is done. */
    private boolean finish() {
        if (!runAll()) {
            return false;
        }
        List<CompletableFuture<?>> unanswered = threads.unanswered();
        if (unanswered.isEmpty()) {
            poller.close();
            threads.end();
            ended.countDown();
            return false;
        }
        if (givesUpReads) {
            unanswered.forEach(future -> given.add(() -> failUnanswered(future)));
        } else {
            poller.await(LAST_READS_MILLIS, slot -> {});
        }
        return true;
    }

    /** Its {@code read} runs in another thread. */
    private void failUnanswered(CompletableFuture<?> future) {
        WorkerException failure = new PoolUnavailableException(
                "pool " + options.name() + " was closed before the read of this reply returned");
        if (!future.isDone()) {
            events.requestFailed(null, failure);
        }
        future.completeExceptionally(failure);
    }

    private void activate(int index) {
        active.add(slots.get(index));
    }

    private boolean takeAttention() {
        boolean any = false;
        for (Slot slot = attention.poll(); slot != null; slot = attention.poll()) {
            active.add(slot);
            any = true;
        }
        return any;
    }

    /** Runs all callbacks that are due. False when another thread leads now. */
    private boolean runAll() {
        for (Runnable next = nextCallback(); next != null; next = nextCallback()) {
            found = true;
            if (!threads.run(next, next instanceof Request<?> request ? request.future : null)) {
                return false;
            }
        }
        return true;
    }

    private @Nullable Runnable nextCallback() {
        Runnable answered = batch.poll();
        return answered != null ? answered : given.poll();
    }

    /** False when another thread leads now. */
    private boolean readActive() {
        for (int i = 0; i < active.size(); i++) {
            if (active.get(i).answers().take(batch)) {
                found = true;
                if (!runAll()) {
                    return false;
                }
            }
        }
        return true;
    }

    /** A caller that polls uses one processor and its worker another: a third thread that looks may be one too many. */
    private boolean isAllPolled() {
        return !active.any(slot -> !slot.isConsumed());
    }

    /**
     * A worker that was heard rings no more until the slot falls asleep again. So: asleep, fence, look again, wait. A
     * slot that another thread holds is left to its holder, which looks after it has released the lock.
     */
    private void sleep() {
        active.forEach(slot -> slot.sleep().renew());
        VarHandle.fullFence();
        if (!attention.isEmpty() || !given.isEmpty() || stopping) {
            return;
        }
        if (active.any(slot -> slot.hasUnread() && !slot.isConsumed())) {
            return;
        }
        active.clear();
        delivering = false;
        listen(SAFETY_NET_MILLIS);
    }

    /** However busy the other workers keep this thread, the safety net is looked at in its time. */
    private void listen(int timeoutMillis) {
        poller.await(timeoutMillis, this::activate);
        if (System.nanoTime() - rescuedAtNanos >= SAFETY_NET_NANOS) {
            rescue();
            rescuedAtNanos = System.nanoTime();
        }
    }

    /**
     * The safety net, which never catches anything: a worker has published and not rung, and no other thread has asked
     * for a look. One that has just published rings in a moment, so only what lies there for a second time counts.
     */
    private void rescue() {
        for (int left = slots.size(); left >= 0; left -= Poller.EVENTS) {
            poller.await(0, this::activate);
        }
        takeAttention();
        for (Slot slot : slots) {
            Incarnation incarnation = slot.incarnation();
            boolean unheard = slot.hasUnread() && !slot.isConsumed() && !active.contains(slot);
            if (incarnation != null && incarnation.reader().lingers(unheard)) {
                slot.requests().add(Layout.MASTER_RESCUES, 1);
                Recorder.CURRENT.rescued(options.name(), slot.index());
                active.add(slot);
            }
        }
    }
}
