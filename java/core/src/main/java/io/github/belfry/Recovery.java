package io.github.belfry;

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
    private static final long FIRST_BACKOFF_NANOS = 100_000_000L;
    private static final long LAST_BACKOFF_NANOS = 30_000_000_000L;
    static final int DEATHS_TO_BREAK = 5;
    private static final long NEVER = Long.MAX_VALUE;

    private final PoolOptions options;
    private final Place place;
    private final ReplyThread replies;
    private final Dispatcher dispatcher;
    private final Supervisor supervisor;

    private long number;
    private @Nullable Life dead;
    private int row;
    private long restartAtNanos = NEVER;
    private long readyByNanos = NEVER;
    private boolean late;
    private WorkerExit lastExit = new WorkerExit.Lost();
    private String lastStderr = "";
    private @Nullable IOException startFailure;

    Recovery(PoolOptions options, Place place, ReplyThread replies, Dispatcher dispatcher, Supervisor supervisor) {
        this.options = options;
        this.place = place;
        this.replies = replies;
        this.dispatcher = dispatcher;
        this.supervisor = supervisor;
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

    @Nullable
    IOException startFailure() {
        return startFailure;
    }

    // ---- Lives

    /** The next life, whose reading begins at the oldest unanswered request. Under the consumer lock. */
    private void startLife() throws IOException {
        RingMemory requests = place.requests();
        number++;
        requests.setRelease(Layout.REPLY_HEAD, 0);
        requests.set(Layout.RESUME, place.writer().freed());
        requests.set(Layout.REQUESTS_LIFE, number);
        Life life = Life.start(options, place.index(), requests);
        place.setLife(life);
        try {
            replies.watch(place, life);
            supervisor.watch(this, life);
        } catch (IOException e) {
            life.kill(); // and goes the way of any other
            startFailure = e;
        }
        life.child().whenEnded(() -> supervisor.ended(this));
        readyByNanos = System.nanoTime() + options.startTimeoutNanos();
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
            startFailure = null;
            return true;
        } catch (IOException | RuntimeException e) {
            startFailure = e instanceof IOException io ? io : new IOException(e);
            lastExit = new WorkerExit.Lost();
            lastStderr = String.valueOf(e.getMessage());
            backOff();
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
        return place.load() == 0 && !place.isReserved();
    }

    /** Whether no worker runs here. */
    boolean hasEnded() {
        Life life = place.life();
        return life == null || life.exit() != null;
    }

    String describeEnd() {
        return lastExit + (lastStderr.isBlank() ? "" : "; it said: " + lastStderr.strip());
    }

    /** The end of the place, even where a callback still holds its lock. */
    void release() {
        Life life = place.life();
        place.setLife(null);
        if (life != null) {
            replies.forget(life);
            life.close();
        }
        place.close();
    }

    /** Takes the worker's word for it, and kills one that takes too long. True when it has just become ready. */
    boolean checkReady(long now) {
        Life life = place.life();
        if (life == null || place.isUp() || dead != null) {
            readyByNanos = NEVER;
        } else if (life.isReady()) {
            readyByNanos = NEVER;
            place.setUp(true);
            supervisor.forget(life); // from now on it rings for its replies
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
        row = 0;
        restartNow(now);
    }

    boolean hasGivenUp() {
        return row >= DEATHS_TO_BREAK;
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
            place.setLife(null);
            account(life);
            lastExit = Objects.requireNonNull(life.exit());
            lastStderr = life.stderr().text();
            decide(life);
        } finally {
            place.stopConsuming();
        }
        replies.forget(life);
        supervisor.forget(life);
        life.close();
        dead = null;
        readyByNanos = NEVER;
        return true;
    }

    /** What it answered in its last moment isn't done again. Copied, because {@code read} runs in the pool's thread. */
    private void takeLastReplies(Life life) {
        for (Request<?> request = place.nextAnswered(life); request != null; request = place.nextAnswered(life)) {
            byte[] copy = new byte[life.reader().body().remaining()];
            life.reader().body().get(copy);
            answerLater(request, life.reader().code(), copy);
        }
    }

    private <R> void answerLater(Request<R> request, int code, byte[] copy) {
        CompletableFuture<R> future = request.future;
        if (future != null && request.settle()) {
            ByteBuffer reply = ByteBuffer.wrap(copy).asReadOnlyBuffer().order(ByteOrder.nativeOrder());
            replies.answer(() -> request.answer(future, code, reply));
        }
    }

    /** The counters of this life go into those of the place. */
    private void account(Life life) {
        RingMemory from = life.replies();
        RingMemory to = place.requests();
        to.add(Layout.PAST_ANSWERED, from.get(Layout.ANSWERED));
        to.add(Layout.PAST_FAULTS, from.get(Layout.FAULTS));
        to.add(Layout.PAST_BUSY_NANOS, from.get(Layout.BUSY_NANOS));
        to.add(Layout.PAST_WAKES, from.get(Layout.WAKES));
        to.add(Layout.PAST_SIGNALS, from.get(Layout.SIGNALS));
        to.add(Layout.PAST_RESCUES, from.get(Layout.RESCUES));
        if (!supervisor.stop().isEnding()) {
            to.add(Layout.DEATHS, 1);
        }
    }

    /** Whose fault it was, and when the next life begins. */
    private void decide(Life life) {
        boolean progress = life.reader().hasTaken() | dropSettled() > 0;
        Request<?> oldest = place.queue().peek();
        // Who is ended by the stop was no request's victim.
        boolean blamed = oldest != null
                && oldest.id() == life.idInHand()
                && !supervisor.stop().isEnding();
        if (blamed) {
            oldest.blames++;
            if (oldest.blames >= options.maxAttempts()) {
                replies.fail(Dispatcher.fail(oldest, request -> died(request, life)));
                dropSettled();
                progress = true;
            }
        }
        if (progress) {
            row = 0;
            restartAtNanos = System.nanoTime();
        } else if (blamed) {
            restartAtNanos = System.nanoTime();
        } else {
            backOff();
        }
        Request<?> next = place.queue().peek();
        if (next != null) {
            place.writer().setAttempt(next.start(), next.attempt());
        }
    }

    private WorkerDiedException died(Request<?> request, Life life) {
        String message =
                life + ", with the request in hand, attempt " + request.blames + " of " + options.maxAttempts();
        return new WorkerDiedException(message, lastExit, request.blames, lastStderr);
    }

    private void backOff() {
        row++;
        long delay = row > 16 ? LAST_BACKOFF_NANOS : Math.min(FIRST_BACKOFF_NANOS << (row - 1), LAST_BACKOFF_NANOS);
        restartAtNanos = System.nanoTime() + delay;
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
        place.requests().add(Layout.WITHDRAWN, 1);
    }

    // ---- While there is no worker

    /** Moves what waits here to workers that are ready, as far as they have room. */
    void moveOut() {
        if (!isDown() || place.oldestPublished() == null || !tryConsume()) {
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
        Place other = dispatcher.tryOther(oldest.size);
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

    /** Its worker's and the pool's last words, for {@code start}. */
    WorkerStartException notReady() {
        IOException failure = startFailure;
        if (failure instanceof WorkerStartException start) {
            return start;
        }
        String program = options.launch().program();
        String how = late
                ? "it wasn't ready within " + TimeUnit.NANOSECONDS.toMillis(options.startTimeoutNanos()) + " ms"
                : "it ended before it was ready: " + lastExit;
        String said = lastStderr.isBlank() ? "" : "; it said: " + lastStderr.strip();
        WorkerStartException e = new WorkerStartException(
                "cannot start " + program + ": " + how + said, "ready", "", lastExit, lastStderr);
        if (failure != null) {
            e.initCause(failure);
        }
        return e;
    }
}
