package io.github.belfry.benchmarks;

import java.io.IOException;

/** A way to another process that sends back a copy of each message; for one thread, one message at a time. */
interface Echo extends AutoCloseable {
    /** Sends a message with that number at its beginning and end; whether a reply as long has it there, too. */
    boolean roundTrip(long number) throws IOException, InterruptedException;

    @Override
    void close() throws IOException;
}
