package io.github.belfry.support;

import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Waits for conditions that no event announces. */
public final class Await {
    private static final long LIMIT_NANOS = 30_000_000_000L;

    private Await() {}

    public static void until(Supplier<String> what, Callable<Boolean> condition) throws Exception {
        long start = System.nanoTime();
        while (!condition.call()) {
            if (System.nanoTime() - start > LIMIT_NANOS) {
                throw new AssertionError("not within 30 s: " + what.get());
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    public static void until(String what, Callable<Boolean> condition) throws Exception {
        until(() -> what, condition);
    }
}
