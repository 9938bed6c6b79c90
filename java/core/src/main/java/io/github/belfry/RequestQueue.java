package io.github.belfry;

import org.jspecify.annotations.Nullable;

/**
 * The unanswered requests of a place, oldest first, in the order of its ring. One thread adds, whoever has the place
 * reserved; one takes, whoever holds its consumer lock; any may look. Its links are the requests themselves, so nothing
 * is allocated.
 */
final class RequestQueue {
    /** Already taken; what comes next is the oldest. */
    private volatile Request<?> taken = Request.none();

    private Request<?> last = taken;

    void add(Request<?> request) {
        request.next = null;
        last.next = request;
        last = request;
    }

    /** The oldest, null when there is none. */
    @Nullable
    Request<?> peek() {
        return taken.next;
    }

    /** Takes the oldest, which has to be there. */
    void remove(Request<?> oldest) {
        taken = oldest;
    }
}
