package io.github.belfry.internal.pool;

import io.github.belfry.internal.ring.Layout;
import io.github.belfry.internal.ring.RingMemory;
import io.github.belfry.internal.ring.RingWriter;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/** Whether a slot's worker has begun a request, and how it is told not to; by any thread that has the request pinned. */
final class Withdrawal {
    private final RingMemory requests;
    private final RingWriter writer;
    private final RequestQueue queue;
    private volatile @Nullable RingMemory replies;

    Withdrawal(RingMemory requests, RingWriter writer, RequestQueue queue) {
        this.requests = requests;
        this.writer = writer;
        this.queue = queue;
    }

    /** Before the clone: that memory is the one that the next incarnation writes to. Null: none runs any more. */
    void setReplies(@Nullable RingMemory next) {
        replies = next;
    }

    /**
     * Under a pin: whether the worker never processes it. In this order: the word, fence, the current incarnation's
     * in_hand; see layout.h.
     */
    boolean tell(Request<?> request, int bits) {
        writer.withdraw(request.start(), request.withdraw(bits));
        VarHandle.fullFence();
        return isNotBegun(request);
    }

    private boolean isNotBegun(Request<?> request) {
        RingMemory current = replies;
        return current == null || current.getAcquire(Layout.IN_HAND) < request.end();
    }

    /**
     * One that is about to be published is in the queue already: taken from it now, it would leave the next incarnation
     * to begin beyond the tail.
     */
    boolean isPublished(Request<?> request) {
        return request.end() <= requests.getAcquire(Layout.REQUEST_TAIL);
    }

    /** The oldest request that could be withdrawn, as far as can be seen without a pin. */
    @Nullable
    Request<?> oldest() {
        Request<?> request = queue.peek();
        while (request != null && (!isNotBegun(request) || !request.isMovable())) {
            request = request.next;
        }
        return request != null && isPublished(request) ? request : null;
    }
}
