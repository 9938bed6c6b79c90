package io.github.belfry.internal.pool;

import io.github.belfry.Doorbell;
import io.github.belfry.internal.ring.Layout;
import io.github.belfry.internal.sys.Failures;
import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The thread of a pool that reads replies and runs callbacks. It sleeps in {@code epoll_wait} over the eventfds of all
 * workers, which also say which of them has something.
 *
 * <p>Failures are given to it as well. When a callback blocks it, a thread made for that delivers them instead, so no
 * callback delays a deadline or the stop.
 */
final class ReplyThread {
    private static final int MAX_REPLIES = 64;
    private static final int ROUNDS_PER_POLL = 16;
    private static final int SAFETY_NET_MILLIS = 1000;
    private static final long SAFETY_NET_NANOS = SAFETY_NET_MILLIS * 1_000_000L;

    private final PoolOptions options;
    private final List<Slot> slots;
    private final Poller poller;
    private final Failures caught;
    private final List<Slot> active;
    private final boolean[] isActive;
    private final Queue<Slot> attention = new ConcurrentLinkedQueue<>();
    private final Queue<Runnable> answers = new ConcurrentLinkedQueue<>();
    private final Queue<Runnable> failures = new ConcurrentLinkedQueue<>();
    private final AtomicLong delivered = new AtomicLong();
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean stopping;
    private long rescuedAtNanos = System.nanoTime();

    ReplyThread(PoolOptions options, List<Slot> slots, Events events) throws IOException {
        this.options = options;
        this.slots = slots;
        this.active = new ArrayList<>(options.workers());
        this.isActive = new boolean[options.workers()];
        this.poller = new Poller("the pool " + options.name());
        this.caught = events.failures("its reply thread");
    }

    /** A thread that runs callbacks, where blocking for the pool itself would never end. */
    private static final class CallbackThread extends Thread {
        private final ReplyThread whose;

        CallbackThread(ReplyThread whose, String name, Runnable run) {
            super(null, run, name, 0, false);
            this.whose = whose;
            setDaemon(true);
            setContextClassLoader(null);
        }
    }

    void start() {
        new CallbackThread(this, "belfry-" + options.name() + "-replies", this::run).start();
    }

    /** Whether the caller is one of this pool's callbacks. */
    boolean isCallback() {
        return Thread.currentThread() instanceof CallbackThread thread && thread.whose == this;
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

    /** Replies that a dead worker has left: copied, and to be read here. */
    void answer(Runnable answer) {
        answers.add(answer);
        poller.wake();
    }

    void fail(Runnable failure) {
        failures.add(failure);
        poller.wake();
    }

    /** How many answers and failures have been delivered: when it stands still, a callback blocks. */
    long delivered() {
        return delivered.get();
    }

    boolean hasFailures() {
        return !failures.isEmpty();
    }

    /** Delivers the failures in a thread of their own. */
    void bypass() {
        new CallbackThread(this, "belfry-" + options.name() + "-failures", () -> runAll(failures)).start();
    }

    /** No slot is read any more; what was given to it is still run, and then it ends. */
    void stop() {
        stopping = true;
        poller.wake();
    }

    /** When it hasn't been started and won't be. */
    void discard() {
        poller.close();
    }

    CountDownLatch ended() {
        return ended;
    }

    // ---- The thread itself

    private void run() {
        try {
            while (!stopping) {
                try {
                    work();
                    caught.succeeded();
                } catch (Throwable e) {
                    // The next round finds what wasn't done. This thread may not end before the pool.
                    caught.pause(e);
                    slots.forEach(this::activate);
                }
            }
            runAll(answers);
            runAll(failures);
        } finally {
            poller.close();
            ended.countDown();
        }
    }

    /** Reads until there is nothing more, then sleeps until there is. */
    private void work() {
        long idleSince = 0;
        for (int round = 1; !stopping; round++) {
            if (round % ROUNDS_PER_POLL == 0) {
                listen(0);
            }
            if (takeAttention() | runAll(answers) | runAll(failures) | readActive()) {
                idleSince = 0;
            } else if (options.doorbell() == Doorbell.SPIN) {
                slots.forEach(this::activate);
                Thread.yield();
            } else if (options.spinNanos() == 0 || isAllPolled()) {
                sleep();
                return;
            } else {
                long now = System.nanoTime();
                idleSince = idleSince == 0 ? now : idleSince;
                if (now - idleSince >= options.spinNanos()) {
                    sleep();
                    return;
                }
                Thread.onSpinWait();
            }
        }
    }

    private void activate(int index) {
        activate(slots.get(index));
    }

    private void activate(Slot slot) {
        if (!isActive[slot.index()]) {
            isActive[slot.index()] = true;
            active.add(slot);
        }
    }

    private boolean takeAttention() {
        boolean found = false;
        for (Slot slot = attention.poll(); slot != null; slot = attention.poll()) {
            activate(slot);
            found = true;
        }
        return found;
    }

    private boolean runAll(Queue<Runnable> queue) {
        boolean found = false;
        for (Runnable task = queue.poll(); task != null; task = queue.poll()) {
            task.run();
            delivered.incrementAndGet();
            found = true;
        }
        return found;
    }

    private boolean readActive() {
        int count = 0;
        for (int i = 0; i < active.size(); i++) {
            count += active.get(i).answers().read(MAX_REPLIES);
        }
        if (count > 0) {
            delivered.incrementAndGet();
        }
        return count > 0;
    }

    /** A caller that polls uses one processor and its worker another: a third thread that looks may be one too many. */
    private boolean isAllPolled() {
        for (int i = 0; i < active.size(); i++) {
            if (!active.get(i).isConsumed()) {
                return false;
            }
        }
        return true;
    }

    /**
     * A worker that was heard rings no more until the slot falls asleep again. So: asleep, fence, look again, wait. A
     * slot that another thread holds is left to its holder, which looks after it has released the lock.
     */
    private void sleep() {
        active.forEach(slot -> slot.sleep().renew());
        VarHandle.fullFence();
        if (!attention.isEmpty() || !answers.isEmpty() || !failures.isEmpty() || stopping) {
            return;
        }
        for (Slot slot : active) {
            if (slot.hasUnread() && !slot.isConsumed()) {
                return;
            }
        }
        active.forEach(slot -> isActive[slot.index()] = false);
        active.clear();
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
            boolean unheard = slot.hasUnread() && !slot.isConsumed() && !isActive[slot.index()];
            if (incarnation != null && incarnation.reader().lingers(unheard)) {
                slot.requests().add(Layout.MASTER_RESCUES, 1);
                activate(slot);
            }
        }
    }
}
