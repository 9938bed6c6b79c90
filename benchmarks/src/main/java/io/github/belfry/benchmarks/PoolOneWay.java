package io.github.belfry.benchmarks;

import io.github.belfry.WorkerPool;
import java.io.IOException;

/** {@code submit} without a copy besides the one into the ring; replies of 8 bytes. */
final class PoolOneWay implements OneWay {
    static final int IN_FLIGHT = 256;

    private final WorkerPool pool;
    private final PoolSender sender;

    PoolOneWay(Traffic traffic) throws IOException {
        pool = start(traffic);
        sender = new PoolSender(pool, traffic.source(), IN_FLIGHT);
    }

    static WorkerPool start(Traffic traffic) throws IOException {
        int[] cpus = traffic.readersCpus();
        return WorkerPool.command(traffic.settings().cPrograms().sumWorker())
                .workers(traffic.workers())
                .ringBytes(traffic.ringBytes())
                .process(process -> {
                    if (cpus.length > 0) {
                        process.cpus(cpus);
                    }
                })
                .start();
    }

    @Override
    public void send(int offset, int size) {
        sender.send(offset, size);
    }

    @Override
    public long sum() {
        return sender.sum();
    }

    @Override
    public void close() {
        pool.close();
    }
}
