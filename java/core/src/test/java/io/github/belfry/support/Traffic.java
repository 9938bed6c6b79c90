package io.github.belfry.support;

import io.github.belfry.WorkerPool;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Several threads that send numbered messages through a pool of {@code upper}, by each method of the pool: bursts that
 * fill the rings, pauses in which the workers fall asleep, calls that meet them asleep, awake and busy. Most messages
 * are small, a few as large as a ring allows.
 */
public final class Traffic {
    private static final int THREADS = 4;
    private static final int MAX_BURST = 400;
    private static final int MAX_CALLS = 30;
    private static final int PROGRESS = 1_000_000;
    private static final long STUCK_NANOS = 60_000_000_000L;

    private final WorkerPool pool;
    private final int messages;
    private final Ledger ledger;
    private final SplittableRandom random;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicReference<Throwable> thrown = new AtomicReference<>();

    public Traffic(WorkerPool pool, Ledger ledger, SplittableRandom random) {
        this.pool = pool;
        this.messages = ledger.messages();
        this.ledger = ledger;
        this.random = random;
    }

    /** Sends all of them, waits for all replies, and gives what became of them. */
    public Ledger.Balance run() {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            SplittableRandom own = random.split();
            Thread thread = new Thread(() -> send(own), "traffic-" + i);
            thread.setDaemon(true);
            thread.start();
            threads.add(thread);
        }
        awaitReplies();
        return ledger.balance();
    }

    public long ended() {
        return ledger.ended();
    }

    // ---- A thread

    private void send(SplittableRandom random) {
        try {
            List<CompletableFuture<?>> burst = new ArrayList<>();
            int left = 0;
            int calls = 0;
            for (int number = next.getAndIncrement(); number < messages; number = next.getAndIncrement()) {
                if (left == 0 && calls == 0) {
                    if (random.nextBoolean()) {
                        burst.forEach(CompletableFuture::join);
                    }
                    burst.clear();
                    left = random.nextInt(MAX_BURST);
                    calls = 1 + random.nextInt(MAX_CALLS);
                }
                ledger.send(number);
                if (left > 0) {
                    left--;
                    burst.add(submit(number, size(random), random.nextInt(3)));
                } else {
                    calls--;
                    call(number, size(random), random.nextBoolean());
                }
            }
        } catch (Throwable e) {
            thrown.compareAndSet(null, e);
        }
    }

    private int size(SplittableRandom random) {
        int shape = random.nextInt(1000);
        int limit = shape < 700 ? 64 : shape < 950 ? 2048 : shape < 999 ? 16 << 10 : pool.maxRequestBytes() + 1;
        return random.nextInt(Ledger.NUMBER_BYTES, limit);
    }

    private CompletableFuture<?> submit(int number, int size, int way) {
        CompletableFuture<?> future;
        if (way == 0) {
            future = pool.submit(0, size, write(number), read(number, size));
        } else {
            byte[] message = Ledger.message(number, size);
            Optional<CompletableFuture<byte[]>> offered = way == 1 ? pool.offer(message) : Optional.empty();
            future =
                    offered.orElseGet(() -> pool.submit(message)).thenAccept(reply -> ledger.read(number, size, reply));
        }
        return future.whenComplete((result, failure) -> ledger.end(number, failure));
    }

    private void call(int number, int size, boolean copied) {
        try {
            if (copied) {
                ledger.read(number, size, pool.call(Ledger.message(number, size)));
            } else {
                pool.call(0, size, write(number), read(number, size));
            }
            ledger.end(number, null);
        } catch (RuntimeException e) {
            ledger.end(number, e);
        }
    }

    private static Consumer<ByteBuffer> write(int number) {
        return buffer -> Ledger.write(number, buffer);
    }

    private Function<ByteBuffer, Boolean> read(int number, int size) {
        return reply -> {
            ledger.read(number, size, reply);
            return true;
        };
    }

    // ---- Waiting

    private void awaitReplies() {
        long before = -1;
        long since = System.nanoTime();
        long start = since;
        for (long ended = 0; ended < messages; ended = ledger.ended()) {
            if (thrown.get() != null) {
                throw new AssertionError(toString(), thrown.get());
            }
            if (ended / PROGRESS != Math.max(0, before) / PROGRESS) {
                System.out.printf(
                        "%s: %,d of %,d in %.1f s%n", this, ended, messages, (System.nanoTime() - start) / 1e9);
            }
            if (ended != before) {
                before = ended;
                since = System.nanoTime();
            } else if (System.nanoTime() - since > STUCK_NANOS) {
                throw new AssertionError(describeStuck(ended));
            }
            LockSupport.parkNanos(10_000_000);
        }
    }

    private String describeStuck(long ended) {
        StringBuilder text =
                new StringBuilder(this + ": stands still at " + ended + " of " + messages + ", " + pool.stats());
        Thread.getAllStackTraces().forEach((thread, stack) -> {
            text.append("\n\n").append(thread);
            for (StackTraceElement frame : stack) {
                text.append("\n    at ").append(frame);
            }
        });
        return text.toString();
    }

    @Override
    public String toString() {
        return pool.stats().pool();
    }
}
