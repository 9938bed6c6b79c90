package io.github.belfry.benchmarks;

import java.io.IOException;

/** Requests through a stream in batches: one is written, and then read, while the other side copies as it comes. */
final class StreamExchange implements Exchange {
    /** What a pipe and a socket hold. */
    private static final int BATCH_BYTES = 64 << 10;

    private final StreamEcho stream;
    private final int size;

    StreamExchange(int size, StreamEcho stream) {
        this.size = size;
        this.stream = stream;
    }

    static Exchange pipes(int size, ForkSettings settings) throws IOException {
        return new StreamExchange(size, StreamEcho.pipes(BATCH_BYTES, settings));
    }

    static Exchange socket(int size, ForkSettings settings) throws IOException {
        return new StreamExchange(size, StreamEcho.socket(BATCH_BYTES, settings));
    }

    @Override
    public boolean exchange(long first, int count) throws IOException {
        int batch = BATCH_BYTES / size;
        if (count % batch != 0) {
            throw new IllegalArgumentException(count + " isn't a multiple of " + batch);
        }
        boolean right = true;
        for (long begin = first; begin < first + count; begin += batch) {
            right &= exchangeBatch(begin, batch);
        }
        return right;
    }

    private boolean exchangeBatch(long begin, int batch) throws IOException {
        for (int i = 0; i < batch; i++) {
            stream.message().putLong(i * size, begin + i).putLong((i + 1) * size - Long.BYTES, begin + i);
        }
        stream.exchange();
        boolean right = true;
        for (int i = 0; i < batch; i++) {
            right &= stream.reply().getLong(i * size) == begin + i
                    && stream.reply().getLong((i + 1) * size - Long.BYTES) == begin + i;
        }
        return right;
    }

    @Override
    public void close() throws IOException {
        stream.close();
    }
}
