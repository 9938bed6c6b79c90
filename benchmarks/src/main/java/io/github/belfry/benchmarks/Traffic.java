package io.github.belfry.benchmarks;

/**
 * What a {@link OneWay} is made for.
 *
 * @param size of each message in bytes
 * @param workers how many read
 */
record Traffic(Source source, int size, int workers, ForkSettings settings) {
    private static final int RING_BYTES = 1 << 20;
    private static final int LARGE = 64 << 10;
    private static final int LARGE_RING_BYTES = 8 << 20;

    /** The pool's default, or room for several where that isn't. */
    static int ringBytes(int size) {
        return size > LARGE ? LARGE_RING_BYTES : RING_BYTES;
    }

    int ringBytes() {
        return ringBytes(size);
    }

    /** For {@code WorkerProcess.Builder.cpus}; empty when nothing is pinned. */
    int[] readersCpus() {
        Cpus cpus = settings.cpus();
        return cpus.arePinned() ? new int[] {cpus.worker()} : new int[0];
    }

    String readersCpu() {
        return Integer.toString(settings.cpus().worker());
    }
}
