package io.github.belfry.internal.pool;

import io.github.belfry.WorkerDiedException;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerStartException;
import io.github.belfry.internal.ring.Layout;
import io.github.belfry.internal.ring.RingMemory;
import io.github.belfry.internal.ring.RingReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What happens at a place when its worker has died: its last replies are taken, the request in hand is blamed, and
 * another life goes on behind the last answered request. All methods are the supervisor's.
 *
 * <pre>
 *   UP --- death ---> consumer lock: replies, blame ---> DOWN --- back-off ---> STARTING --- READY ---> UP
 * </pre>
 */
final class Recovery {
    private static final long NEVER = Long.MAX_VALUE;

    private final PoolOptions options;
    private final Place place;
    private final ReplyThread replies;
    private final Dispatcher dispatcher;
    private final Watcher watcher;

    private long number;
    private @Nullable Life dead;
    private final Backoff backoff = new Backoff();
    private long restartAtNanos = NEVER;
    private long readyByNanos = NEVER;
    private boolean late;
    private WorkerExit lastExit = new WorkerExit.Lost();
    private String lastStderr = "";

    Recovery(PoolOptions options, Place place, ReplyThread replies, Dispatcher dispatcher, Watcher watcher) {
        this.options = options;
        this.place = place;
        this.replies = replies;
        this.dispatcher = dispatcher;
        this.watcher = watcher;
    }

    /** The thread that watches the workers, as its recoveries see it. */
    interface Watcher {
        /** Wakes when a life gets ready or writes to its standard error. */
        void watch(Recovery recovery, Life life) throws IOException;

        /** A life is ready, or over. */
        void forget(Life life);

        /** Called by the reaper: neither blocks nor fails. */
        void ended(Recovery recovery);

        /** Whether the pool ends its workers: their deaths are no request's fault then. */
        boolean isEnding();
    }

    Place place() {
        return place;
    }

    WorkerExit lastExit() {
        return lastExit;
    }

    String lastStderr() {
        return lastStderr;
    }

    // ---- Lives

    /** The next life, whose reading begins at the oldest unanswered request. Under the consumer lock. */
    private void startLife() throws IOException {
        RingMemory requests = place.requests();
        number++;
        requests.setRelease(Layout.REPLY_HEAD, 0);
        requests.set(Layout.RESUME, place.writer().freed());
        requests.set(Layout.REQUESTS_INCARNATION, number);
        Life life = Life.start(options, place.index(), requests);
        place.setLife(life);
        try {
            replies.watch(place, life);
            watcher.watch(this, life);
        } catch (IOException refused) {
            life.kill(); // and goes the way of any other
        }
        life.child().whenEnded(() -> watcher.ended(this));
        readyByNanos = PoolOptions.later(System.nanoTime(), options.startTimeoutNanos());
    }

    /** The first life; fails as the system says. */
    void startFirst() throws IOException {
        startLife();
    }

    /** Another life if it is time, and nobody reads replies at the moment; false when the system refused it. */
    boolean restartIfDue(long now) {
        if (restartAtNanos == NEVER || restartAtNanos > now || !tryConsume()) {
            return true;
        }
        try {
            dropSettled();
            restartAtNanos = NEVER;
            startLife();
            return true;
        } catch (Throwable e) {
            restartAtNanos = System.nanoTime() + backoff.died();
            lastExit = new WorkerExit.Lost();
            lastStderr = String.valueOf(e.getMessage());
            return false;
        } finally {
            place.stopConsuming();
            // Its worker may have answered, and the pool's thread have looked, while we had the lock.
            replies.look(place);
        }
    }

    /** When it has to be looked at again. */
    long nextNanos() {
        return Math.min(restartAtNanos, readyByNanos);
    }

    long readyByNanos() {
        return readyByNanos;
    }

    boolean isDown() {
        return place.life() == null;
    }

    /** Whether nothing is unanswered here, nor about to be submitted. */
    boolean isDrained() {
        // In this order: who gives the reservation back has counted its request.
        return !place.isReserved() && place.load() == 0;
    }

    /** Whether no worker runs here. */
    boolean hasEnded() {
        Life life = place.life();
        return life == null || life.exit() != null;
    }

    String describeEnd() {
        return lastExit + (lastStderr.isBlank() ? "" : "; it said: " + lastStderr.strip());
    }

    /** The end of the place. Memory that a callback still reads or writes is closed when it returns. */
    void release() {
        Life life = place.life();
        if (life != null) {
            replies.forget(life);
            life.closeProcess();
        }
        place.retire();
    }

    /** Takes the worker's word for it, and kills one that takes too long. True when it has just become ready. */
    boolean checkReady(long now) {
        Life life = place.life();
        if (life == null || place.isUp() || dead != null) {
            readyByNanos = NEVER;
        } else if (life.isReady()) {
            readyByNanos = NEVER;
            place.setUp(true);
            watcher.forget(life); // from now on it rings for its replies
            life.ringer().ring(); // what was published before has rung nobody
            return true;
        } else if (readyByNanos <= now) {
            readyByNanos = NEVER;
            late = true;
            life.kill();
        }
        return false;
    }

    void restartNow(long now) {
        if (isDown()) {
            restartAtNanos = now;
        }
    }

    /** Its deaths before the breaker was closed don't count any more. */
    void beginAgain(long now) {
        backoff.progress();
        restartNow(now);
    }

    /** Whether it has died too often in a row, and has answered nothing since. */
    boolean hasGivenUp() {
        Life life = place.life();
        return backoff.deathsInARow() >= options.breakerDeaths() && (life == null || !life.reader().hasAnswered());
    }

    // ---- Death

    private boolean tryConsume() {
        place.wantConsumer(true);
        if (!place.tryConsume()) {
            return false;
        }
        place.wantConsumer(false);
        return true;
    }

    /** Has its worker ended? Then all that has to be done; false when somebody still reads its replies. */
    boolean bury() {
        Life life = place.life();
        if (life == null || life.exit() == null) {
            return true;
        }
        if (dead == null) {
            dead = life;
            place.setUp(false);
            life.stderr().finish();
        }
        if (!tryConsume()) {
            return false;
        }
        try {
            takeLastReplies(life);
            lastExit = Objects.requireNonNull(life.exit());
            lastStderr = life.stderr().text();
            account(life);
            place.setLife(null);
            // Last, so that who has seen n deaths reads counters in which the dead count once.
            if (!watcher.isEnding()) {
                place.requests().add(Layout.DEATHS, 1);
            }
            decide(life);
        } catch (OutOfMemoryError e) {
            // Until the life is out of its place all is done once more; after that only the verdict is missing.
            if (place.life() != null) {
                throw e;
            }
        } finally {
            place.stopConsuming();
        }
        replies.forget(life);
        watcher.forget(life);
        life.close();
        dead = null;
        readyByNanos = NEVER;
        return true;
    }

    /** What it answered in its last moment isn't done again. Copied, because {@code read} runs in the pool's thread. */
    private void takeLastReplies(Life life) {
        for (Request<?> request = place.nextAnswered(life); request != null; request = place.nextAnswered(life)) {
            place.tellFreed();
            answerLater(request, life.reader());
            request.forget();
        }
    }

    /** The request isn't in the queue any more: whatever happens here, its future has to be told. */
    private <R> void answerLater(Request<R> request, RingReader reader) {
        CompletableFuture<R> future = request.future;
        if (future == null || !request.settle()) {
            return;
        }
        try {
            int code = reader.code();
            byte[] copy = Request.copy(reader.body());
            replies.answer(() -> request.answer(
                    future, code, ByteBuffer.wrap(copy).asReadOnlyBuffer().order(ByteOrder.nativeOrder())));
        } catch (Throwable outOfMemory) {
            replies.fail(() -> future.completeExceptionally(outOfMemory));
        }
    }

    /**
     * The counters of this life go into those of the place, unless they may be nonsense. How much it answered we know
     * better: it counts before it publishes, and may have died in between.
     */
    private void account(Life life) {
        RingMemory from = life.replies();
        RingMemory to = place.requests();
        to.add(Layout.PAST_ANSWERED, life.reader().answers());
        to.add(Layout.PAST_FAULTS, life.reader().faults());
        if (!life.isBroken()) {
            to.add(Layout.PAST_BUSY_NANOS, from.get(Layout.BUSY_NANOS));
            to.add(Layout.PAST_WAKES, from.get(Layout.WAKES));
            to.add(Layout.PAST_SIGNALS, from.get(Layout.SIGNALS));
            to.add(Layout.PAST_RESCUES, from.get(Layout.RESCUES));
        }
    }

    /** Whose fault it was, and when the next life begins. */
    private void decide(Life life) {
        // Should the rest fail for want of memory.
        restartAtNanos = System.nanoTime();
        boolean progress = life.reader().hasAnswered() | dropSettled() > 0;
        boolean blamed = blame(life);
        if (progress || dropSettled() > 0) {
            backoff.progress();
        } else if (!blamed) {
            restartAtNanos += backoff.died();
        }
        Request<?> next = place.oldestPublished();
        if (next != null) {
            place.writer().setAttempt(next.start(), next.attempt());
        }
    }

    /** The oldest request, if the worker had it in hand and died by itself. Too often, and it is given up. */
    private boolean blame(Life life) {
        Request<?> oldest = place.oldestPublished();
        if (oldest == null
                || oldest.id() != life.idInHand()
                || life.isCondemned()
                || watcher.isEnding()) {
            return false;
        }
        oldest.blames++;
        if (oldest.blames >= options.maxAttempts()) {
            replies.fail(oldest.failing(oldest.id(), request -> died(request, life)));
        }
        return true;
    }

    private WorkerDiedException died(Request<?> request, Life life) {
        String message =
                life + ", with the request in hand, attempt " + request.blames + " of " + options.maxAttempts();
        return new WorkerDiedException(message, lastExit, request.blames, lastStderr);
    }

    /** Takes those away from the front that were settled without a reply; how many. Under the consumer lock. */
    private int dropSettled() {
        int count = 0;
        for (Request<?> oldest = place.oldestPublished();
                oldest != null && oldest.isSettled();
                oldest = place.oldestPublished()) {
            withdraw(oldest);
            count++;
        }
        return count;
    }

    private void withdraw(Request<?> oldest) {
        place.remove(oldest);
        oldest.forget();
        place.requests().add(Layout.WITHDRAWN, 1);
    }

    // ---- While there is no worker

    /** While the next life is some time off: moves what waits here to workers that are ready and have room. */
    void moveOut(long now) {
        if (!isDown() || restartAtNanos <= now || place.oldestPublished() == null || !tryConsume()) {
            return;
        }
        try {
            dropSettled();
            for (Request<?> oldest = place.oldestPublished();
                    oldest != null && move(oldest);
                    oldest = place.oldestPublished()) {
                withdraw(oldest);
                dropSettled();
            }
        } finally {
            place.stopConsuming();
        }
    }

    private boolean move(Request<?> oldest) {
        Place other = dispatcher.reserveOther(oldest.size);
        if (other == null) {
            return false;
        }
        Request<?> copy = oldest.moved();
        if (!oldest.settle()) {
            other.unreserve();
            return true;
        }
        other.writer().body(oldest.size).put(place.writer().published(oldest.start(), oldest.size));
        other.publish(copy, oldest.id());
        return true;
    }

    /** Why the first life never got ready. */
    WorkerStartException notReady() {
        String how = late
                ? "it wasn't ready within " + TimeUnit.NANOSECONDS.toMillis(options.startTimeoutNanos()) + " ms"
                : "it ended before it was ready: " + describeEnd();
        return new WorkerStartException(
                "cannot start " + options.launch().program() + ": " + how, "ready", "", lastExit, lastStderr);
    }
}
