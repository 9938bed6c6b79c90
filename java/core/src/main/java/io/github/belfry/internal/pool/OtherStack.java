package io.github.belfry.internal.pool;

import io.github.belfry.WorkerException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The second stack of a failure that a thread of the pool made and {@code call} throws: suppressed in it, so that a
 * printed stack trace shows both threads.
 */
final class OtherStack extends Exception {
    private static final long serialVersionUID = 1;

    private OtherStack(String what) {
        super(what, null, false, true);
    }

    /** What of another thread's failure the calling thread throws. */
    static RuntimeException unchecked(@Nullable Throwable failure) {
        if (failure instanceof RuntimeException thrown) {
            return thrown;
        }
        if (failure instanceof Error error) {
            throw error;
        }
        return new IllegalStateException(failure);
    }

    /**
     * The failure itself, for the calling thread to throw. An exception of the pool gets the caller's stack, because
     * that of the pool's thread says nothing of the request; one that the user's {@code read} threw keeps its own.
     */
    static Throwable withCaller(Throwable failure) {
        OtherStack other;
        if (failure instanceof WorkerException) {
            other = new OtherStack("made in a thread of the pool");
            other.setStackTrace(failure.getStackTrace());
            failure.fillInStackTrace();
        } else {
            other = new OtherStack("thrown by the read of this call, in a thread of the pool");
        }
        // A read may throw the same object again and again: it doesn't grow.
        if (Arrays.stream(failure.getSuppressed()).noneMatch(OtherStack.class::isInstance)) {
            failure.addSuppressed(other);
        }
        return failure;
    }

    @Override
    public String toString() {
        return getMessage();
    }
}
