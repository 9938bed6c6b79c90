package io.github.belfry.internal.pool;

import io.github.belfry.internal.sys.Field;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * The unanswered requests of a slot, oldest first, in the order of its ring. The thread that has the slot reserved
 * adds, the one that holds its consumer lock takes, any may look. Its links are the requests themselves, so nothing is
 * allocated.
 */
final class RequestQueue {
    private static final VarHandle TAKEN = Field.of(MethodHandles.lookup(), "taken", Request.class);

    /** Already taken; what comes next is the oldest. */
    private volatile Request<?> taken = Request.none();

    private Request<?> last = taken;

    void add(Request<?> request) {
        request.beLast();
        last.link(request);
        last = request;
    }

    /** The oldest, null when there is none. */
    @Nullable
    Request<?> peek() {
        return taken.next;
    }

    /** Takes the oldest, which has to be there. */
    void remove(Request<?> oldest) {
        TAKEN.setRelease(this, oldest);
        tellOldest();
    }

    /** The oldest may be begun from now on: those before it are answered, or its worker has started. */
    void tellOldest() {
        if (Recorder.CURRENT.recordsRequests()) {
            Request<?> oldest = peek();
            if (oldest != null) {
                oldest.tellOldest();
            }
        }
    }
}
