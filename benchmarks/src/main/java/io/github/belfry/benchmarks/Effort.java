package io.github.belfry.benchmarks;

/**
 * How much is measured. Java and C get the same numbers, for warm-up as well.
 *
 * @param rounds forks of each Java benchmark, and runs of each C program
 * @param messages measured in each, after {@link #warmUpMessages}
 * @param starts likewise, after {@link #warmUpStarts}
 */
record Effort(int rounds, int messages, int starts) {
    static final Effort FULL = new Effort(5, 100_000, 5_000);
    static final Effort QUICK = new Effort(3, 10_000, 500);

    /** The sender spins that long before each message and each start: time for the worker to fall asleep. */
    static final long PAUSE_NANOS = 50_000;

    /** Warm-up's parts: the second half of them runs what the JIT compiled in the first. */
    static final int WARM_UP_ITERATIONS = 5;

    private static final int MOST_WARM_UP_MESSAGES = 20_000;
    private static final int MOST_WARM_UP_STARTS = 5_000;

    int warmUpMessages() {
        return roundedUp(Math.min(messages, MOST_WARM_UP_MESSAGES));
    }

    /** Four times as many: a start is much code, and the JIT compiles it only after thousands. */
    int warmUpStarts() {
        return roundedUp((int) Math.min(4L * starts, MOST_WARM_UP_STARTS));
    }

    private static int roundedUp(int count) {
        return (count + WARM_UP_ITERATIONS - 1) / WARM_UP_ITERATIONS * WARM_UP_ITERATIONS;
    }

    static void pause() {
        long end = System.nanoTime() + PAUSE_NANOS;
        while (System.nanoTime() - end < 0) {
            // Keeps the processor: one that sleeps between two messages would pay for its own waking, too.
        }
    }
}
