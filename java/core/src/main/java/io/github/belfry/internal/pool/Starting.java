package io.github.belfry.internal.pool;

import io.github.belfry.internal.process.Warden;
import io.github.belfry.internal.sys.Uninterruptible;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The start of a pool: of all its workers, for a caller that waits until they are ready, or one can't be. */
final class Starting {
    /** Other starts of this VM wait for so many at most. */
    private static final int STARTS_IN_A_ROW = 8;

    private final PoolOptions options;
    private final List<Recovery> recoveries;
    private final Shutdown shutdown;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final CountDownLatch decided = new CountDownLatch(1);
    private boolean over;

    Starting(PoolOptions options, List<Recovery> recoveries, Shutdown shutdown) {
        this.options = options;
        this.recoveries = recoveries;
        this.shutdown = shutdown;
    }

    /** For the caller: throws what the start fails with, when the pool has {@code finished}. */
    void await(CountDownLatch finished) throws IOException {
        Uninterruptible.await(decided);
        Throwable why = failure.get();
        if (why == null && finished.getCount() > 0) {
            return;
        }
        if (why == null) {
            why = new IllegalStateException("pool " + options.name() + " was started while the VM ends");
        }
        Uninterruptible.await(finished);
        if (why instanceof IOException e) {
            throw e;
        }
        if (why instanceof Error e) {
            throw e;
        }
        throw (RuntimeException) why;
    }

    // ---- For the supervisor

    void startWorkers() {
        for (int i = 0; i < recoveries.size() && failure.get() == null; i += STARTS_IN_A_ROW) {
            List<Recovery> some = recoveries.subList(i, Math.min(i + STARTS_IN_A_ROW, recoveries.size()));
            try {
                if (some.stream().anyMatch(Recovery::diesWithParent)) {
                    Warden.startAll(() -> start(some));
                } else {
                    start(some);
                }
            } catch (Throwable noWarden) {
                fail(noWarden);
            }
        }
    }

    private int start(List<Recovery> some) {
        try {
            for (Recovery recovery : some) {
                recovery.startIncarnation();
            }
        } catch (Throwable e) {
            fail(e);
        }
        return some.size();
    }

    /** Are all ready? */
    void check() {
        if (!over
                && recoveries.stream().allMatch(recovery -> recovery.worker().isServing())) {
            over = true;
            decided.countDown();
        }
    }

    /** A worker can't be started. The first reason counts. */
    void fail(Throwable reason) {
        if (failure.compareAndSet(null, reason)) {
            shutdown.now();
            decided.countDown();
        }
    }

    /** Whether all were ready once. */
    boolean isOver() {
        return over;
    }

    /** The pool is finished, ready or not. */
    void end() {
        decided.countDown();
    }
}
