package io.github.belfry.benchmarks;

/**
 * How much is measured. Java and C get the same numbers, for warm-up as well.
 *
 * @param rounds forks of each Java benchmark, and runs of each C program
 * @param percent of what a full run measures in each fork
 */
record Effort(int rounds, int percent) {
    static final Effort FULL = new Effort(3, 100);
    static final Effort QUICK = new Effort(1, 10);

    /** The sender spins that long before each message and each start: time for the worker to fall asleep. */
    static final long PAUSE_NANOS = 50_000;

    /** Warm-up's parts: the second half of them runs what the JIT compiled in the first. */
    static final int WARM_UP_ITERATIONS = 5;

    /** How many of what a full run does {@code full} times. */
    int count(int full) {
        return (int) Math.max(1, (long) full * percent / 100);
    }

    /** Warm-up doesn't get less with the measurement until it would be more than that takes. */
    int warmUp(int full, int most) {
        int count = (int) Math.min(4L * count(full), most);
        return (count + WARM_UP_ITERATIONS - 1) / WARM_UP_ITERATIONS * WARM_UP_ITERATIONS;
    }

    static void pause() {
        long end = System.nanoTime() + PAUSE_NANOS;
        while (System.nanoTime() - end < 0) {
            // Keeps the processor: one that sleeps between two messages would pay for its own waking, too.
        }
    }
}
