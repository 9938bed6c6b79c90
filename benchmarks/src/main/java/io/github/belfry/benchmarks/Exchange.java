package io.github.belfry.benchmarks;

import java.io.IOException;

/** A way to another process that answers each of many requests with its copy; for one thread. */
interface Exchange extends AutoCloseable {
    /**
     * Has so many requests answered, which have a number at their beginning and end, from {@code first} on; whether each
     * reply has its number there.
     */
    boolean exchange(long first, int count) throws IOException, InterruptedException;

    @Override
    void close() throws IOException;
}
