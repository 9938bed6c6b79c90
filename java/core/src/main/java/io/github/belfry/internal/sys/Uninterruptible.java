package io.github.belfry.internal.sys;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** For a wait that a caller may not cut short, because it was told that the whole isn't interruptible. */
public final class Uninterruptible {
    private static final long NANOS_PER_MILLI = 1_000_000;

    private Uninterruptible() {}

    /** Sleeps for all of the time; an interrupt stays set. */
    public static void sleepMillis(long millis) {
        await(new CountDownLatch(1), millis * NANOS_PER_MILLI);
    }

    /** Waits for it; an interrupt stays set. */
    public static void await(CountDownLatch latch) {
        await(latch, Long.MAX_VALUE);
    }

    /** Waits for it for so long; whether it came. An interrupt stays set. */
    public static boolean await(CountDownLatch latch, long nanos) {
        boolean interrupted = false;
        long startNanos = System.nanoTime();
        try {
            while (true) {
                try {
                    return latch.await(nanos - (System.nanoTime() - startNanos), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
