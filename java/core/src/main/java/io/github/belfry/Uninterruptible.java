package io.github.belfry;

/** For a wait that a caller may not cut short, because it was told that the whole isn't interruptible. */
final class Uninterruptible {
    private static final long NANOS_PER_MILLI = 1_000_000;

    private Uninterruptible() {}

    /** Sleeps for all of the time; an interrupt stays set. */
    static void sleepMillis(long millis) {
        boolean interrupted = false;
        long endNanos = System.nanoTime() + millis * NANOS_PER_MILLI;
        long leftNanos = millis * NANOS_PER_MILLI;
        while (leftNanos > 0) {
            try {
                Thread.sleep(leftNanos / NANOS_PER_MILLI, (int) (leftNanos % NANOS_PER_MILLI));
            } catch (InterruptedException e) {
                interrupted = true;
            }
            leftNanos = endNanos - System.nanoTime();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
