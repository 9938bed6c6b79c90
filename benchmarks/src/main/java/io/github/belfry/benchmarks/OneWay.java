package io.github.belfry.benchmarks;

import java.io.IOException;

/** A way to readers in other processes, which add up what they are sent; for one thread. */
public interface OneWay extends AutoCloseable {
    /** Sends a copy of that piece to the next reader; blocks while there is no room. */
    void send(int offset, int size) throws IOException;

    /** What all readers have added up, once they have read everything. */
    long sum() throws IOException, InterruptedException;

    @Override
    void close() throws IOException;
}
