package io.github.belfry.benchmarks;

import io.github.belfry.Replies;
import io.github.belfry.RequestWriter;
import io.github.belfry.WorkerPool;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;

/** The ways of a pool of the worker echo, as one would write them. */
abstract class PoolExchange implements Exchange {
    /** As many as {@code map} has under way. */
    static final int UNANSWERED = 1024;

    final WorkerPool pool;
    final int size;

    private PoolExchange(int size, int workers, ForkSettings settings) throws IOException {
        this.size = size;
        Cpus cpus = settings.cpus();
        pool = WorkerPool.command(settings.cPrograms().worker())
                .workers(workers)
                .process(process -> {
                    if (cpus.arePinned()) {
                        process.cpus(cpus.worker());
                    }
                })
                .start();
    }

    @Override
    public void close() {
        pool.close();
    }

    void write(long number, ByteBuffer to) {
        to.putLong(0, number).putLong(size - Long.BYTES, number);
    }

    /** The number; -1 when it isn't the same at both ends. */
    long read(ByteBuffer reply) {
        long number = reply.getLong(0);
        return reply.capacity() == size && reply.getLong(size - Long.BYTES) == number ? number : -1;
    }

    static Exchange map(int size, int workers, ForkSettings settings) throws IOException {
        return new PoolExchange(size, workers, settings) {
            @Override
            public boolean exchange(long first, int count) {
                Iterator<Long> numbers = LongStream.range(first, first + count).iterator();
                boolean right = true;
                long next = first;
                try (Replies<Long> replies =
                        pool.map(numbers, RequestWriter.<Long>of(number -> size, this::write), this::read)) {
                    while (replies.hasNext()) {
                        right &= replies.next() == next++;
                    }
                }
                return right && next == first + count;
            }
        };
    }

    static Exchange submit(int size, int workers, ForkSettings settings) throws IOException {
        return new PoolExchange(size, workers, settings) {
            private final Queue<CompletableFuture<Long>> unanswered = new ArrayDeque<>();

            @Override
            public boolean exchange(long first, int count) throws InterruptedException {
                boolean right = true;
                long next = first;
                for (long i = first; i < first + count; i++) {
                    long number = i;
                    if (unanswered.size() == UNANSWERED) {
                        right &= get(unanswered.remove()) == next++;
                    }
                    unanswered.add(pool.submit(0, size, to -> write(number, to), this::read));
                }
                while (!unanswered.isEmpty()) {
                    right &= get(unanswered.remove()) == next++;
                }
                return right;
            }
        };
    }

    /** Each of so many threads waits for its reply. */
    static Exchange call(int size, int workers, int threads, ForkSettings settings) throws IOException {
        return new PoolExchange(size, workers, settings) {
            private final ExecutorService callers = Executors.newFixedThreadPool(threads);

            @Override
            public boolean exchange(long first, int count) throws InterruptedException {
                List<Callable<Boolean>> shares = new ArrayList<>();
                for (int thread = 0; thread < threads; thread++) {
                    long begin = first + (long) count * thread / threads;
                    long end = first + (long) count * (thread + 1) / threads;
                    shares.add(() -> callAll(begin, end));
                }
                boolean right = true;
                for (Future<Boolean> share : callers.invokeAll(shares)) {
                    right &= get(share);
                }
                return right;
            }

            private boolean callAll(long begin, long end) {
                boolean right = true;
                for (long i = begin; i < end; i++) {
                    long number = i;
                    right &= pool.call(0, size, to -> write(number, to), this::read) == number;
                }
                return right;
            }

            @Override
            public void close() {
                callers.shutdown();
                super.close();
            }
        };
    }

    private static <R> R get(Future<R> future) throws InterruptedException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }
}
