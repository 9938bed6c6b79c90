package io.github.belfry;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
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

    // ---- Requests

    <R> CompletableFuture<R> submit(int type, int size, Consumer<ByteBuffer> write, Function<ByteBuffer, R> read) {
        check(size, write, read);
        return dispatcher.submit(type, size, write, read);
    }

    Optional<CompletableFuture<byte[]>> offer(byte[] request) {
        checkSize(request.length);
        Place place = dispatcher.placeNow(request.length);
        if (place == null) {
            return Optional.empty();
        }
        dispatcher.caller().write(place, request.length, buffer -> buffer.put(request));
        CompletableFuture<byte[]> future = new CompletableFuture<>();
        dispatcher.publish(place, new Request<>(0, request.length, Pool::copy, future));
        return Optional.of(future);
    }

    <R> R call(int type, int size, Consumer<ByteBuffer> write, Function<ByteBuffer, R> read) {
        check(size, write, read);
        dispatcher.checkMayBlock();
        Place place = dispatcher.idlePlace(size);
        if (place == null) {
            return await(dispatcher.submit(type, size, write, read));
        }
        Caller caller = dispatcher.caller();
        caller.write(place, size, write);
        return caller.call(dispatcher, place, type, size, read, options.spinNanos());
    }

    private void check(int size, Object write, Object read) {
        Objects.requireNonNull(write);
        Objects.requireNonNull(read);
        checkSize(size);
    }

    private void checkSize(int size) {
        if (size < 0 || size > maxRequestBytes()) {
            throw new IllegalArgumentException(
                    "a request of " + size + " bytes: pool " + options.name() + " takes 0 to " + maxRequestBytes()
                            + ", its ringBytes (" + options.ringBytes() + ") less " + Layout.RING_RESERVE);
        }
    }

    static byte[] copy(ByteBuffer reply) {
        byte[] bytes = new byte[reply.remaining()];
        reply.get(bytes);
        return bytes;
    }

    /** The result of a future, or what it failed with. */
    static <R> R await(CompletableFuture<R> future) {
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while waiting for a reply; the request still runs");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    int maxRequestBytes() {
        return options.maxRequestBytes();
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
