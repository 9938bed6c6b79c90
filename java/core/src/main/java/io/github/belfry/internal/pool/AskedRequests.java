package io.github.belfry.internal.pool;

import io.github.belfry.RequestInterruptedException;
import io.github.belfry.RequestWriter;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Objects;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** What a {@link RequestMap} has asked its source for and not sent, in order: requests, and failures in their place. */
final class AskedRequests<T> {
    static final int MAX = 64;
    private static final long MAX_NANOS = 20_000;
    private static final int REQUESTS_PER_CLOCK = 8;

    private final Iterator<? extends T> source;
    private final @Nullable PollableSource<?> pollable;
    private final RequestWriter<? super T> writer;
    private final IntConsumer checkSize;

    private final Object[] requests = new Object[MAX];
    private final int[] sizes = new int[MAX];
    private final int[] types = new int[MAX];
    private final @Nullable Throwable[] failures = new Throwable[MAX];
    private int oldest;
    private int end;
    private int run = 1;
    private boolean isOver;

    AskedRequests(Iterator<? extends T> source, RequestWriter<? super T> writer, IntConsumer checkSize) {
        this.source = Objects.requireNonNull(source);
        this.pollable = source instanceof PollableSource<?> quiet ? quiet : null;
        this.writer = Objects.requireNonNull(writer);
        this.checkSize = checkSize;
    }

    boolean isEmpty() {
        return oldest == end;
    }

    /** Whether the source has ended. */
    boolean isOver() {
        return isOver;
    }

    /** Whether the source has something new, which it unparks the map's thread for. */
    boolean isAwaited() {
        return pollable != null && !isOver && pollable.isReady();
    }

    void aboutToSleep() {
        if (pollable != null) {
            pollable.aboutToSleep();
        }
    }

    /** The source isn't asked any more, and what was asked for is forgotten. */
    void close() {
        isOver = true;
        oldest = 0;
        end = 0;
        Arrays.fill(requests, null);
        Arrays.fill(failures, null);
    }

    /**
     * When there are none: asks for so many at most, and for fewer of a source that is slow, which mustn't delay replies
     * that are there. Whether any came. May block in the source; in one that is pollable only if {@code mayBlock}.
     */
    boolean ask(int most, boolean mayBlock) {
        if (isOver || !mayBlock && !isReady()) {
            return false;
        }
        oldest = 0;
        end = 0;
        int limit = Math.min(most, run);
        long start = System.nanoTime();
        do {
            askOne();
        } while (end < limit && !isOver && isReady() && (end % REQUESTS_PER_CLOCK != 0 || !isSlow(start)));
        if (isSlow(start)) {
            run = Math.max(1, run / 2);
        } else if (end == run) {
            run = Math.min(MAX, 2 * run);
        }
        return end > 0;
    }

    private boolean isReady() {
        return pollable == null || pollable.isReady();
    }

    private static boolean isSlow(long start) {
        return System.nanoTime() - start > MAX_NANOS;
    }

    private void askOne() {
        try {
            if (!source.hasNext()) {
                isOver = true;
                return;
            }
            T request = source.next();
            requests[end] = request;
            sizes[end] = writer.size(request);
            types[end] = writer.type(request);
            checkSize.accept(sizes[end]);
        } catch (RequestInterruptedException e) {
            throw e; // of another map, which goes on as well
        } catch (Throwable e) {
            failures[end] = e;
        }
        end++;
    }

    // ---- The oldest

    /** What it failed with before it could be sent. */
    @Nullable
    Throwable failure() {
        return failures[oldest];
    }

    int size() {
        return sizes[oldest];
    }

    int type() {
        return types[oldest];
    }

    @SuppressWarnings("unchecked") // by askOne
    void write(ByteBuffer to) {
        writer.write((T) requests[oldest], to);
    }

    void remove() {
        requests[oldest] = null;
        failures[oldest] = null;
        oldest++;
    }
}
