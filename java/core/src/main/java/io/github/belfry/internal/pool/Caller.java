package io.github.belfry.internal.pool;

import java.nio.ByteBuffer;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A thread that gives requests to a pool: which callback it is inside of, and the result of the reply that it has
 * polled for. One per thread, so that a call allocates nothing but the views of its bytes.
 *
 * <p>It refers to nothing of the pool's; {@link Callers} says how long it lives.
 */
final class Caller {
    private boolean writing;
    private boolean reading;
    private @Nullable Object result;

    boolean isWriting() {
        return writing;
    }

    boolean isReading() {
        return reading;
    }

    void write(Consumer<? super ByteBuffer> writer, ByteBuffer body) {
        writing = true;
        try {
            writer.accept(body);
        } finally {
            writing = false;
        }
    }

    /** It may call as well, and so be inside of itself. */
    <R> R read(Function<ByteBuffer, R> reader, ByteBuffer reply) {
        boolean before = reading;
        reading = true;
        try {
            return reader.apply(reply);
        } finally {
            reading = before;
        }
    }

    void keep(@Nullable Object newResult) {
        result = newResult;
    }

    @SuppressWarnings("unchecked") // the request's own read made it
    <R> R takeResult() {
        R taken = (R) result;
        result = null;
        return taken;
    }
}
