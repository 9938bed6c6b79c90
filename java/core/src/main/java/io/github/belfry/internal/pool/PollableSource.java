package io.github.belfry.internal.pool;

import java.util.Iterator;

/**
 * A source of a {@link RequestMap} that may have nothing yet, which mustn't hold back replies. When it has something, it
 * unparks the thread that asks for them. Its {@code hasNext} blocks, and is called when nothing is under way.
 */
public interface PollableSource<T> extends Iterator<T> {
    /** Whether {@code hasNext} gives an answer at once. */
    boolean isReady();

    /** The thread that asks for replies is about to sleep. */
    void aboutToSleep();
}
