package io.github.belfry;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the place of a request, the least loaded one that has room, and puts it there. Any number of threads submit
 * at the same time; each has the ring that it writes into for itself.
 */
final class Dispatcher {
    /** How often somebody else's reservation of a ring is waited out before the ring counts as full. */
    private static final int RESERVATION_TRIES = 1000;

    private final PoolOptions options;
    private final List<Place> places;
    private final Room room;
    private final ReplyThread replies;
    private final ThreadLocal<Caller> callers = ThreadLocal.withInitial(Caller::new);
    private volatile boolean closed;
    private volatile @Nullable String refusal;
    private volatile @Nullable Fate fate;

    Dispatcher(PoolOptions options, List<Place> places, Room room, ReplyThread replies) {
        this.options = options;
        this.places = places;
        this.room = room;
        this.replies = replies;
    }

    /** What becomes of requests that nobody will serve. */
    interface Fate {
        RuntimeException of(Request<?> request);
    }

    /** From now on requests are refused. */
    void close() {
        closed = true;
        room.changed();
    }

    /** Requests are refused for this reason; null: no longer. */
    void breakerOpen(@Nullable String reason) {
        refusal = reason;
        room.changed();
    }

    private boolean isOpen() {
        return !closed && refusal == null;
    }

    /** Throws PoolUnavailableException when requests are refused. */
    void checkOpen() {
        String reason = closed ? "it is closed" : refusal;
        if (reason != null) {
            throw new PoolUnavailableException("pool " + options.name() + ": " + reason);
        }
    }

    // ---- Choosing a place

    /** The least loaded place with room, reserved for the caller; null when there is none. */
    private @Nullable Place tryPlace(int size) {
        Place best = leastLoaded(size, true);
        if (best == null && places.stream().noneMatch(Place::isUp)) {
            best = leastLoaded(size, false);
        }
        return ifOpen(best);
    }

    private @Nullable Place leastLoaded(int size, boolean up) {
        int count = places.size();
        // Each thread has a place of its own to begin with, so that threads don't fight for the same one.
        int first = (int) (Thread.currentThread().getId() % count);
        Place best = null;
        int bestLoad = Integer.MAX_VALUE;
        for (int i = 0; i < count; i++) {
            Place place = places.get((first + i) % count);
            if (place.isUp() != up || place.isReserved() || !place.writer().hasRoom(size)) {
                continue;
            }
            // A thread that polls there, or a callback, is something to wait for as well.
            int load = place.load() + (place.isConsumed() ? 1 : 0);
            if (load < bestLoad) {
                best = place;
                bestLoad = load;
                if (load == 0) {
                    break;
                }
            }
        }
        return best == null || tryReserve(best, size) ? best : anyOther(size, up);
    }

    /** Somebody was faster with the best one. */
    private @Nullable Place anyOther(int size, boolean up) {
        for (Place place : places) {
            if (place.isUp() == up && tryReserve(place, size)) {
                return place;
            }
        }
        return null;
    }

    private static boolean tryReserve(Place place, int size) {
        if (!place.tryReserve()) {
            return false;
        }
        if (place.writer().hasRoom(size)) {
            return true;
        }
        place.unreserve();
        return false;
    }

    /** The same for a new request, which may have come too late: what is reserved before the end is waited for. */
    private @Nullable Place ifOpen(@Nullable Place reserved) {
        if (reserved == null || isOpen()) {
            return reserved;
        }
        reserved.unreserve();
        return null;
    }

    /** A place whose worker is ready, for a request that moves there; reserved, or null. */
    @Nullable
    Place tryOther(int size) {
        return leastLoaded(size, true);
    }

    // ---- Submitting

    /** Blocks while there is no room, but not in a callback. What {@code write} throws comes out of it. */
    <R> CompletableFuture<R> submit(int type, int size, Consumer<ByteBuffer> write, Function<ByteBuffer, R> read) {
        checkNotWriting();
        boolean mayWait = !isReading();
        Place place = mayWait && room.isAwaited() ? null : tryPlace(size);
        if (place == null) {
            try {
                place = mayWait ? awaitPlace(size) : placeInCallback(size);
            } catch (RuntimeException e) {
                return CompletableFuture.failedFuture(e);
            }
        }
        caller().write(place, size, write);
        CompletableFuture<R> future = new CompletableFuture<>();
        publish(place, new Request<>(type, size, read, future));
        return future;
    }

    /** Throws what the request's future is to fail with. */
    private Place awaitPlace(int size) {
        checkOpen();
        Place place;
        try {
            place = room.await(() -> tryPlace(size), this::isOpen, options.requestTimeoutNanos());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while waiting for room in a ring");
        }
        return place != null
                ? place
                : noRoom(size, "for " + TimeUnit.NANOSECONDS.toMillis(options.requestTimeoutNanos()) + " ms");
    }

    /** The same for a thread on which the room may depend. */
    private Place placeInCallback(int size) {
        Place place = tryWhileMomentary(size);
        return place != null ? place : noRoom(size, "and a callback doesn't wait for it");
    }

    private Place noRoom(int size, String how) {
        checkOpen();
        throw new RequestTimeoutException(
                "pool " + options.name() + ": no room for " + size + " bytes in any ring " + how);
    }

    /** Without waiting; null when all rings are full. */
    @Nullable
    Place placeNow(int size) {
        checkNotWriting();
        checkOpen();
        Place place = room.isAwaited() ? null : tryWhileMomentary(size);
        if (place == null) {
            checkOpen();
        }
        return place;
    }

    /** A place that is reserved, but for a moment only, isn't full. */
    private @Nullable Place tryWhileMomentary(int size) {
        Place place = tryPlace(size);
        for (int tries = 0; place == null && tries < RESERVATION_TRIES && isMomentary(size); tries++) {
            Thread.yield();
            place = tryPlace(size);
        }
        return place;
    }

    private boolean isMomentary(int size) {
        return isOpen()
                && places.stream()
                        .anyMatch(place -> place.isReserved() && place.writer().hasRoom(size));
    }

    /** A place for a caller that polls: ready, with nothing unanswered, reserved; or null. */
    @Nullable
    Place idlePlace(int size) {
        checkNotWriting();
        checkOpen();
        Place place = room.isAwaited() ? null : ifOpen(leastLoaded(size, true));
        if (place != null && place.load() > 0) {
            place.unreserve();
            return null;
        }
        return place;
    }

    /** The calling thread. */
    Caller caller() {
        return callers.get();
    }

    private void checkNotWriting() {
        if (caller().isWriting()) {
            throw new IllegalStateException("a request can't be submitted while another one is being written");
        }
    }

    /** Whether this thread is inside a callback of the pool: then it can't wait for the pool's end. */
    boolean isInCallback() {
        return caller().isWriting() || isReading();
    }

    /** Whether replies, and so the room in rings, depend on this thread. */
    private boolean isReading() {
        return replies.isCallback() || caller().isReading();
    }

    /** For a call, which waits for its reply in this thread. */
    void checkMayBlock() {
        if (isReading()) {
            throw new IllegalStateException("a callback can't wait for another reply: use submit");
        }
    }

    /** Publishes what was written; gives the reservation back. */
    void publish(Place place, Request<?> request) {
        place.publish(request, place.nextId());
        failIfGivenUp(request);
    }

    /** After it has a future and is where {@link #failAll} looks: either that sees it, or this sees that. */
    void failIfGivenUp(Request<?> request) {
        Fate now = fate;
        if (now != null) {
            fail(request, request.id(), now).run();
        }
    }

    // ---- Giving up

    /** Fails all that is unanswered, in the pool's thread, and what is still being published. */
    void failAll(Fate how) {
        fate = how;
        for (Place place : places) {
            for (Request<?> request = place.queue().peek(); request != null; request = request.next) {
                replies.fail(fail(request, request.id(), how));
            }
        }
    }

    /** Requests are served again. */
    void failNoMore() {
        fate = null;
    }

    /** When no worker is left. */
    void failWhatIsLeft() {
        failAll(request -> new PoolUnavailableException(
                "pool " + options.name() + " was closed before this request was answered"));
    }

    /** Settles it if it still has that id, and gives the rest to be run. */
    static <R> Runnable fail(Request<R> request, long id, Fate how) {
        CompletableFuture<R> future = request.future;
        if (future == null || request.isSettled(id)) {
            return () -> {};
        }
        // All that may fail for want of memory before what can't be done twice.
        RuntimeException failure = how.of(request);
        Runnable complete = () -> future.completeExceptionally(failure);
        return request.settle(id) ? complete : () -> {};
    }
}
