package io.github.belfry.internal.pool;

import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A thread that gives requests to a pool: which callback it is inside of, and the result of the reply that it has
 * polled for. One per thread, so that a call allocates nothing but the views of its bytes.
 *
 * <p>A thread that outlives the pool keeps its Caller, which therefore refers to nothing of the pool's.
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

    /** Reads the reply that this thread has polled for. */
    void accept(Request<?> request, int code, ByteBuffer reply) {
        reading = true;
        try {
            result = request.result(code, reply);
        } finally {
            reading = false;
        }
    }

    @SuppressWarnings("unchecked") // the request's own read made it
    <R> R takeResult() {
        R taken = (R) result;
        result = null;
        return taken;
    }
}
