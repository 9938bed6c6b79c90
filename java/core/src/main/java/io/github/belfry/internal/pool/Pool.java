package io.github.belfry.internal.pool;

import io.github.belfry.Signal;
import io.github.belfry.internal.ring.SlotCounters;
import io.github.belfry.internal.sys.Uninterruptible;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** What is behind a {@code WorkerPool}: its places, its two threads, and who is told what by whom. */
public final class Pool implements Place.Listener {
    private static final AtomicLong NUMBERS = new AtomicLong();

    private final PoolOptions options;
    private final List<Place> places = new ArrayList<>();
    private final Room room = new Room();
    private final Dispatcher dispatcher;
    private final ReplyThread replies;
    private final Supervisor supervisor;
    private final Thread hook;
    private volatile @Nullable List<SlotCounters> lastCounters;

    private Pool(PoolOptions options) throws IOException {
        this.options = options;
        replies = new ReplyThread(options, places);
        dispatcher = new Dispatcher(options, places, room, replies);
        try {
            for (int i = 0; i < options.workers(); i++) {
                places.add(new Place(options, i, this));
            }
            supervisor = new Supervisor(options, places, replies, dispatcher, this::ended);
        } catch (IOException | RuntimeException | Error e) {
            places.forEach(Place::close);
            replies.discard();
            throw e;
        }
        hook = new Thread(null, this::interrupt, "belfry-" + options.name() + "-shutdown", 0, false);
    }

    public static long nextNumber() {
        return NUMBERS.incrementAndGet();
    }

    /** Blocks until all workers are ready. */
    public static Pool start(PoolOptions options) throws IOException {
        Pool pool = new Pool(options);
        try {
            Runtime.getRuntime().addShutdownHook(pool.hook);
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
        places.forEach(Place::close);
        removeHook();
    }

    private void removeHook() {
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

    public int maxRequestBytes() {
        return options.maxRequestBytes();
    }

    public List<Place> places() {
        return places;
    }

    // ---- What its places report

    @Override
    public void roomChanged() {
        room.changed();
    }

    @Override
    public void unread(Place place) {
        replies.look(place);
    }

    @Override
    public void consumerGone() {
        supervisor.wake();
    }

    @Override
    public void published() {
        supervisor.wakeIfDozing();
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
        for (Place place : places) {
            Life life = place.life();
            if (life != null) {
                life.child().ring(signal);
            }
        }
    }

    public List<Long> pids() {
        return places.stream()
                .map(Place::life)
                .filter(life -> life != null && life.exit() == null)
                .map(Life::pid)
                .toList();
    }

    /** What the slots have counted by now; after the end the last values. */
    public List<SlotCounters> counters() {
        List<SlotCounters> last = lastCounters;
        return last != null ? last : places.stream().map(Place::counters).toList();
    }

    // ---- The end

    public void shutdown() {
        supervisor.stop().drain();
        supervisor.wake();
    }

    public boolean awaitTermination(long nanos) throws InterruptedException {
        return supervisor.finished().await(nanos, TimeUnit.NANOSECONDS);
    }

    public void close() {
        supervisor.stop().drainWithinGrace();
        supervisor.wake();
        if (!dispatcher.isInCallback()) {
            Uninterruptible.await(supervisor.finished());
        }
    }

    /** When the VM ends: Ctrl+C has reached only us. */
    private void interrupt() {
        supervisor.stop().interrupt();
        supervisor.wake();
        Uninterruptible.await(supervisor.finished());
    }
}
