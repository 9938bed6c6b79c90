package io.github.belfry.internal.ring;

import io.github.belfry.Doorbell;
import io.github.belfry.internal.sys.Field;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The doorbell of one incarnation of a worker: SIGUSR1, sent only to a worker that sleeps, and once for each sleep.
 *
 * <pre>
 * receiver (doorbell.c)                sender
 *   worker_sleep = next odd              store-release the cursor
 *   full fence                           full fence
 *   look again, then wait                worker_sleep odd and not yet rung: ring
 * </pre>
 *
 * <p>Both fences are needed: without either, the receiver may miss the cursor while the sender misses the sleep.
 */
public final class Ringer {
    private static final VarHandle LAST_RUNG = Field.of(MethodHandles.lookup(), "lastRung", long.class);

    private final Doorbell doorbell;
    private final RingMemory replies;
    private final Runnable signal;

    @SuppressWarnings("unused") // by LAST_RUNG
    private long lastRung;

    /** {@code signal} sends SIGUSR1 to the worker, or does nothing when it has ended. */
    public Ringer(Doorbell doorbell, RingMemory replies, Runnable signal) {
        this.doorbell = doorbell;
        this.replies = replies;
        this.signal = signal;
    }

    /** A request was published. The caller has fenced since. */
    public void requestPublished() {
        if (doorbell == Doorbell.ALWAYS) {
            ring();
        } else {
            ringSleeper();
        }
    }

    /** Room for replies was given back. The caller has fenced since. */
    public void ringSleeper() {
        if (doorbell == Doorbell.SPIN) {
            return;
        }
        long sleep = replies.get(Layout.WORKER_SLEEP);
        long rung = (long) LAST_RUNG.getOpaque(this);
        if ((sleep & 1) == 1 && sleep != rung && LAST_RUNG.compareAndSet(this, rung, sleep)) {
            ring();
        }
    }

    /** Whatever it does. A worker that has ended needs no bell. */
    public void ring() {
        signal.run();
    }

    /** Whether it waits for us. */
    public boolean isAsleep() {
        return (replies.get(Layout.WORKER_SLEEP) & 1) == 1;
    }
}
