package io.github.belfry;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A request whose caller reads the reply itself: no other thread, and on the way back no system call. It polls for a
 * bounded time, and then waits on a future like any other.
 */
final class Call<R> implements Place.Answer {
    private final Dispatcher dispatcher;
    private final Place place;
    private final Request<R> request;
    private @Nullable R result;

    /** The place is reserved, its worker ready with nothing unanswered, and the request's bytes are written. */
    Call(Dispatcher dispatcher, Place place, Request<R> request) {
        this.dispatcher = dispatcher;
        this.place = place;
        this.request = request;
    }

    /** Gives the reservation back, blocks until there is a reply, and gives its result. */
    @Nullable
    R run(long spinNanos) {
        CompletableFuture<R> future = publishAndPoll(spinNanos);
        if (future == null) {
            return result;
        }
        dispatcher.failIfGivenUp(request);
        return Pool.await(future);
    }

    private @Nullable CompletableFuture<R> publishAndPoll(long spinNanos) {
        if (!place.tryConsume()) {
            CompletableFuture<R> future = new CompletableFuture<>();
            request.future = future;
            dispatcher.publish(place, request);
            return future;
        }
        boolean published = false;
        try {
            place.stayAwake();
            dispatcher.publish(place, request);
            published = true;
        } finally {
            if (!published) {
                place.stopConsuming();
            }
        }
        return place.poll(request, spinNanos, this);
    }

    @Override
    public void accept(int code, ByteBuffer reply) {
        result = dispatcher.read(request, code, reply);
    }
}
