package io.github.belfry.internal.pool;

import io.github.belfry.Doorbell;
import io.github.belfry.internal.ring.Layout;
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
    private final List<Place> places;
    private final Poller poller;
    private final List<Place> active;
    private final boolean[] isActive;
    private final Queue<Place> attention = new ConcurrentLinkedQueue<>();
    private final Queue<Runnable> answers = new ConcurrentLinkedQueue<>();
    private final Queue<Runnable> failures = new ConcurrentLinkedQueue<>();
    private final AtomicLong delivered = new AtomicLong();
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean stopping;
    private long rescuedAtNanos = System.nanoTime();

    ReplyThread(PoolOptions options, List<Place> places) throws IOException {
        this.options = options;
        this.places = places;
        this.active = new ArrayList<>(options.workers());
        this.isActive = new boolean[options.workers()];
        this.poller = new Poller("the pool " + options.name());
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

    /** A life that has been made the current one of its place. */
    void watch(Place place, Life life) throws IOException {
        poller.add(life.doorbell(), place.index(), life.child().toString());
        look(place);
    }

    void forget(Life life) {
        poller.remove(life.doorbell());
    }

    /** There may be something in this place. */
    void look(Place place) {
        attention.add(place);
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

    /** No place is read any more; what was given to it is still run, and then it ends. */
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
                } catch (Throwable outOfMemory) {
                    // Of whatever it was, the next round finds the rest. This thread may not end before the pool.
                    places.forEach(this::activate);
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
                places.forEach(this::activate);
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
        activate(places.get(index));
    }

    private void activate(Place place) {
        if (!isActive[place.index()]) {
            isActive[place.index()] = true;
            active.add(place);
        }
    }

    private boolean takeAttention() {
        boolean found = false;
        for (Place place = attention.poll(); place != null; place = attention.poll()) {
            activate(place);
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
            count += active.get(i).readReplies(MAX_REPLIES);
        }
        if (count > 0) {
            delivered.incrementAndGet();
        }
        return count > 0;
    }

    /** Whoever polls there has a processor for that and the worker another: a third one that looks may be one too many. */
    private boolean isAllPolled() {
        for (int i = 0; i < active.size(); i++) {
            if (!active.get(i).isConsumed()) {
                return false;
            }
        }
        return true;
    }

    /**
     * A worker that was heard rings no more until the place falls asleep again. So: asleep, fence, look again, wait. A
     * place that another thread holds is left to that one, which looks after it has let go.
     */
    private void sleep() {
        active.forEach(place -> place.sleep().renew());
        VarHandle.fullFence();
        if (!attention.isEmpty() || !answers.isEmpty() || !failures.isEmpty() || stopping) {
            return;
        }
        for (Place place : active) {
            if (place.hasUnread() && !place.isConsumed()) {
                return;
            }
        }
        active.forEach(place -> isActive[place.index()] = false);
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
     * The safety net, which never catches anything: a worker has published and not rung, and nobody else has asked for a
     * look. One that has just published rings in a moment, so only what lies there for a second time counts.
     */
    private void rescue() {
        for (int left = places.size(); left >= 0; left -= Poller.EVENTS) {
            poller.await(0, this::activate);
        }
        takeAttention();
        for (Place place : places) {
            Life life = place.life();
            boolean unheard = place.hasUnread() && !place.isConsumed() && !isActive[place.index()];
            if (life != null && life.reader().lingers(unheard)) {
                place.requests().add(Layout.MASTER_RESCUES, 1);
                activate(place);
            }
        }
    }
}
