package io.github.belfry;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** What is behind a {@link WorkerPool}: its places, its two threads, and who is told what by whom. */
final class Pool implements Place.Listener {
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

    static long nextNumber() {
        return NUMBERS.incrementAndGet();
    }

    /** Blocks until all workers are ready. */
    static Pool start(PoolOptions options) throws IOException {
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

    String name() {
        return options.name();
    }

    int maxRequestBytes() {
        return options.maxRequestBytes();
    }

    List<Place> places() {
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
    Dispatcher dispatcher() {
        return dispatcher;
    }

    // ---- Workers

    void signalAll(Signal signal) {
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

    List<Long> pids() {
        return places.stream()
                .map(Place::life)
                .filter(life -> life != null && life.exit() == null)
                .map(Life::pid)
                .toList();
    }

    /** What the slots have counted by now; after the end the last values. */
    List<SlotCounters> counters() {
        List<SlotCounters> last = lastCounters;
        return last != null ? last : places.stream().map(Place::counters).toList();
    }

    // ---- The end

    void shutdown() {
        supervisor.stop().drain();
        supervisor.wake();
    }

    boolean awaitTermination(long nanos) throws InterruptedException {
        return supervisor.finished().await(nanos, TimeUnit.NANOSECONDS);
    }

    void close() {
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
