package io.github.belfry;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A thread that gives requests to a pool: which callback it is inside of, and how it reads a reply itself. That needs no
 * other thread, and on the way back no system call. It polls for a bounded time, and then waits on a future like any
 * other. There is one for each thread, so that a call allocates nothing but the views of its bytes.
 *
 * <p>A thread that outlives the pool keeps it: so it has no reference to anything of the pool's.
 */
final class Caller {
    private static final int CONSUMER_TRIES = 4;

    private boolean writing;
    private boolean reading;
    private @Nullable Object result;

    boolean isWriting() {
        return writing;
    }

    boolean isReading() {
        return reading;
    }

    /** Writes the request's bytes; when that throws the place is given back. */
    void write(Place place, int size, Consumer<ByteBuffer> write) {
        writing = true;
        boolean written = false;
        try {
            write.accept(place.writer().body(size));
            written = true;
        } finally {
            writing = false;
            if (!written) {
                place.unreserve();
            }
        }
    }

    /**
     * Publishes what was written, gives the reservation back, blocks until there is a reply, and gives its result. The
     * place is reserved, its worker ready with nothing unanswered.
     */
    <R> R call(
            Dispatcher dispatcher, Place place, int type, int size, Function<ByteBuffer, R> read, long spinNanos) {
        if (!tryConsume(place)) {
            CompletableFuture<R> future = new CompletableFuture<>();
            dispatcher.publish(place, new Request<>(type, size, read, future));
            return Pool.await(future);
        }
        Request<R> request = publish(dispatcher, place, type, size, read);
        CompletableFuture<R> future = place.poll(request, spinNanos, this);
        if (future == null) {
            return takeResult();
        }
        dispatcher.failIfGivenUp(request);
        return Pool.await(future);
    }

    /**
     * The pool's thread may have woken this one out of a callback, and wait for its processor with the lock held. Without
     * a chance to go on it would find the next reply for this thread as well, and so for thousands of calls.
     */
    private static boolean tryConsume(Place place) {
        for (int tries = 0; tries < CONSUMER_TRIES; tries++) {
            if (place.tryConsume()) {
                return true;
            }
            Thread.yield();
        }
        return false;
    }

    private static <R> Request<R> publish(
            Dispatcher dispatcher, Place place, int type, int size, Function<ByteBuffer, R> read) {
        boolean published = false;
        try {
            Request<R> request = place.newCall(type, size, read);
            dispatcher.publish(place, request);
            published = true;
            return request;
        } finally {
            if (!published) {
                place.stopConsuming();
            }
        }
    }

    @SuppressWarnings("unchecked") // the request's own read made it
    private <R> R takeResult() {
        R taken = (R) result;
        result = null;
        return taken;
    }

    /** The reply to the request that was polled for. */
    void accept(Request<?> request, int code, ByteBuffer reply) {
        reading = true;
        try {
            result = request.result(code, reply);
        } finally {
            reading = false;
        }
    }
}
