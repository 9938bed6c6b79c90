package io.github.belfry.benchmarks;

import io.github.belfry.Doorbell;
import io.github.belfry.WorkerPool;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;

/** A pool of one worker, without a copy besides the one into the ring. */
final class PoolEcho implements Echo {
    private static final int RING_BYTES = 1 << 20;

    private final WorkerPool pool;
    private final boolean submits;
    private final int size;
    private final ByteBuffer message;
    private final Consumer<ByteBuffer> write = this::write;
    private final Function<ByteBuffer, Boolean> read = this::read;
    private long number;

    PoolEcho(int size, ForkSettings settings, Doorbell doorbell, boolean submits) throws IOException {
        this.size = size;
        this.submits = submits;
        message = ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
        Cpus cpus = settings.cpus();
        pool = WorkerPool.command(settings.cPrograms().worker())
                .workers(1)
                .ringBytes(RING_BYTES)
                .doorbell(doorbell)
                .process(process -> {
                    if (cpus.arePinned()) {
                        process.cpus(cpus.worker());
                    }
                })
                .start();
    }

    private void write(ByteBuffer body) {
        body.put(0, message, 0, size);
        body.putLong(0, number).putLong(size - Long.BYTES, number);
    }

    private boolean read(ByteBuffer reply) {
        return reply.capacity() == size && reply.getLong(0) == number && reply.getLong(size - Long.BYTES) == number;
    }

    @Override
    public boolean roundTrip(long newNumber) throws InterruptedException {
        number = newNumber;
        if (!submits) {
            return pool.call(0, size, write, read);
        }
        try {
            return pool.submit(0, size, write, read).get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        pool.close();
    }
}
