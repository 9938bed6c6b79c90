package io.github.belfry;

import io.github.belfry.internal.pool.Incarnation;
import io.github.belfry.internal.pool.Pool;
import io.github.belfry.internal.pool.PoolSettings;
import io.github.belfry.internal.process.Launch;
import io.github.belfry.internal.process.LaunchOptions;
import io.github.belfry.internal.process.Redirect;
import io.github.belfry.internal.ring.Layout;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.ObjIntConsumer;
import java.util.stream.IntStream;

/**
 * Supervised worker processes written with the C SDK ({@code belfry/worker.h}): requests go to them, and replies come
 * back, through shared memory.
 *
 * <pre>{@code
 * try (WorkerPool pool = WorkerPool.command("./worker").workers(4).start()) {
 *     byte[] reply = pool.call(request);
 *     CompletableFuture<byte[]> later = pool.submit(request);
 * }
 * }</pre>
 *
 * <p><b>Delivery.</b> A request goes to the worker that is expected to begin it first; one that waits behind a long one
 * moves to a worker that is free. A worker may die at any instruction: it
 * is started again, and its unanswered requests are handed out again, so a handler runs at least once for each; a
 * future completes exactly once. A request that was in hand at {@link Builder#maxAttempts} deaths fails.
 *
 * <p><b>Threads.</b> All methods may be called by any thread. What hangs on a future runs in a thread of the pool, as
 * {@code read} does, with the context class loader of the thread that started the pool. A callback that throws harms its
 * own future only. One that blocks holds up neither others, nor deadlines, restarts and the stop: after 10 ms or little
 * more, or at once if it waits for a {@code call} or for room, the pool goes on with another thread, which ends when it
 * isn't needed any more. So no more than one callback runs at a time, but for those that block. {@link Requester} says
 * more of callbacks, buffers and failures.
 */
public final class WorkerPool extends PoolRequester implements Requester, AutoCloseable {
    private final Pool pool;

    private WorkerPool(Pool pool) {
        super(pool, pool.anyWorker(), pool.requestTimeoutNanos());
        this.pool = pool;
    }

    Pool pool() {
        return pool;
    }

    /** A worker program to start, as {@link WorkerProcess#command(String...)}. */
    public static Builder command(String... command) {
        return new Builder(WorkerProcess.command(command));
    }

    /** A worker program to start, as {@link WorkerProcess#command(List)}. */
    public static Builder command(List<String> command) {
        return new Builder(WorkerProcess.command(command));
    }

    /** A worker program to start, as {@link WorkerProcess#command(Path, String...)}. */
    public static Builder command(Path program, String... arguments) {
        return new Builder(WorkerProcess.command(program, arguments));
    }

    /** A worker inside this library's jar, for example {@code upper}; as {@link WorkerProcess#bundled}. */
    public static Builder bundled(String worker, String... arguments) {
        return new Builder(WorkerProcess.bundled(worker, arguments));
    }

    /**
     * A session with the worker that has the fewest. Blocks until one is ready.
     *
     * @throws PoolUnavailableException if the pool is closed, or its workers keep dying
     * @throws RequestInterruptedException if this thread is interrupted meanwhile; the flag stays set
     */
    public WorkerSession session() {
        return new WorkerSession(pool, pool.session());
    }

    // ---- Workers

    /**
     * Sends a signal to each worker that runs. SIGUSR1 only makes it look for requests; SIGTERM, SIGINT and SIGKILL end
     * it, and another one is started at once.
     *
     * @throws IllegalStateException after {@link #close}
     */
    public void signalAll(Signal signal) {
        pool.signalAll(Objects.requireNonNull(signal));
    }

    /**
     * Replaces every worker by a new one, one after the other, after an update of its program for example: it finishes
     * the request in hand and ends, what waits for it moves to others, and the next worker's turn comes when the new one
     * is ready. No request fails or is run twice, but sessions end. Blocks until all are replaced.
     *
     * @throws PoolUnavailableException if a new worker isn't ready within {@link Builder#startTimeout}, or the pool is
     *     closed; the rest is left as it is
     * @throws RequestInterruptedException if this thread is interrupted; the rest is left as it is, the flag stays set
     */
    public void restartWorkers() {
        pool.restartWorkers();
    }

    /** The process ids of the workers that run now, in the order of their slots. */
    public List<Long> pids() {
        return pool.pids();
    }

    /** What the workers have counted by now; after {@link #close} the last values. */
    public PoolStats stats() {
        return PoolStats.of(pool.name(), pool.counters());
    }

    // ---- The end

    /** Takes no more requests; those that it has are done, then the workers end. Doesn't block. */
    public void shutdown() {
        pool.shutdown();
    }

    /** Blocks until all workers have ended after {@link #shutdown} or {@link #close}, for so long at most. */
    public boolean awaitTermination(Duration timeout) throws InterruptedException {
        return pool.awaitTermination(TimeUnit.NANOSECONDS.convert(timeout));
    }

    /**
     * Takes no more requests, waits up to {@link Builder#closeGrace} for those that it has, sends SIGTERM to the
     * workers, after another grace SIGKILL to what is left of their groups, and fails what is left with
     * {@link PoolUnavailableException}: every future is completed then, also that of a {@code read} which hasn't returned.
     * Blocks until then, not interruptibly, but not in a callback. Idempotent.
     */
    @Override
    public void close() {
        pool.close();
    }

    /**
     * How to start a pool. A value that is wrong by itself is refused by its method. Can be used again; not for several
     * threads at once.
     */
    public static final class Builder {
        private LaunchOptions process;
        private final List<ObjIntConsumer<WorkerProcess.Builder>> forEach = new ArrayList<>();
        private final PoolSettings settings = new PoolSettings();

        private Builder(WorkerProcess.Builder process) {
            this.process = process.options;
        }

        /**
         * Its name, in the names of its threads and memory and in {@link PoolStats}; {@code pool-N} by default.
         *
         * @throws IllegalArgumentException for an empty one, one over 200 bytes, or a NUL or slash
         */
        public Builder name(String pool) {
            settings.name(pool);
            return this;
        }

        /** How many workers; by default as many as the VM has processors. */
        public Builder workers(int count) {
            settings.workers(count);
            return this;
        }

        /**
         * The size of each of a worker's two rings in bytes, 1 MiB by default. It limits a request and a reply to this
         * less 64, and all that waits for one worker.
         *
         * @throws IllegalArgumentException unless it is a power of two from 64 KiB to 256 MiB
         */
        public Builder ringBytes(int powerOfTwo) {
            settings.ringBytes(powerOfTwo);
            return this;
        }

        /**
         * The size of a worker's ring of replies alone, which limits a reply; as {@link #ringBytes} unless set.
         *
         * @throws IllegalArgumentException unless it is a power of two from 64 KiB to 256 MiB
         */
        public Builder replyRingBytes(int powerOfTwo) {
            settings.replyRingBytes(powerOfTwo);
            return this;
        }

        /** When a sender wakes its receiver; {@link Doorbell#ADAPTIVE} by default. */
        public Builder doorbell(Doorbell when) {
            settings.doorbell(when);
            return this;
        }

        /**
         * How long a receiver looks for a message before it sleeps, 50 microseconds by default. When the workers are as
         * many as the VM's processors, only a {@code call} and its worker do, while calls are fewer than half of the
         * processors or there is no other: more would only keep those from running that they wait for.
         */
        public Builder spin(Duration max) {
            settings.spin(max);
            return this;
        }

        /**
         * All of a request's time, from when it is given to the pool; none by default. After that its future fails with
         * {@link RequestTimeoutException}, wherever it is: one that no worker has begun never runs, one in hand runs on.
         * {@link Requester#withTimeout} replaces it.
         */
        public Builder requestTimeout(Duration timeout) {
            settings.requestTimeout(timeout);
            return this;
        }

        /**
         * How long a worker may have a request in hand; 30 s by default. Over it the request fails with
         * {@link RequestTimeoutException} and isn't tried again, and the worker gets SIGABRT, a second later SIGKILL.
         * Time in which the VM or the worker was stopped doesn't count.
         */
        public Builder executionTimeout(Duration timeout) {
            settings.executionTimeout(timeout);
            return this;
        }

        /**
         * How many requests lie in one worker's ring at most; further ones wait in the pool, which blocks no caller. By
         * default as many as are answered in about a millisecond, at least 2, and of requests under ten microseconds as
         * many as fit: so a worker never waits for its next request, and little has to be taken back when it takes long
         * for one.
         */
        public Builder inFlightPerWorker(int most) {
            settings.inFlightPerWorker(most);
            return this;
        }

        /**
         * After how many requests a worker is replaced by a new one, against leaks for example; never by default. One
         * at a time, as {@link WorkerPool#restartWorkers} does it; one with open sessions stays until they are closed.
         */
        public Builder maxRequestsPerWorker(long most) {
            settings.maxRequestsPerWorker(most);
            return this;
        }

        /** How long a worker may take until its {@code init} has succeeded; 10 s by default. */
        public Builder startTimeout(Duration timeout) {
            settings.startTimeout(timeout);
            return this;
        }

        /** How many workers may die with the same request in hand before it fails; 3 by default. */
        public Builder maxAttempts(int deaths) {
            settings.maxAttempts(deaths);
            return this;
        }

        /**
         * What else its processes are to have: directory, environment, cpus, limits, umask, nice, user, standard output
         * and error, mappings from descriptor 7 on. Its standard input is /dev/null, its group its own. Standard error
         * goes to the {@link #listener} line by line, and its end into exceptions, unless it is set here.
         *
         * @throws IllegalArgumentException for {@link Stdio#PIPE}, of which no program would have the other end, and for
         *     a mapping under one of the descriptors 3 to 6; then nothing is set
         */
        public Builder process(Consumer<WorkerProcess.Builder> more) {
            process = changed(more);
            return this;
        }

        /**
         * What one worker's processes are to have that the others' don't, for example its processor or a port, on top
         * of what {@link #process} said. {@link #start} calls it once for each worker with its index, 0 to one less
         * than {@link #workers}; a worker that is started again gets the same. What it throws, {@code start} throws, and
         * so it does for what {@code process} refuses.
         */
        public Builder processEach(ObjIntConsumer<WorkerProcess.Builder> more) {
            forEach.add(Objects.requireNonNull(more));
            return this;
        }

        /** A copy with more, that of a worker of a pool. */
        private LaunchOptions changed(Consumer<WorkerProcess.Builder> more) {
            LaunchOptions copy = process.copy();
            more.accept(new WorkerProcess.Builder(copy));
            copy.checkFree(Layout.REQUESTS_FD, Layout.LIFELINE_FD);
            copy.checkNoPipe();
            return copy;
        }

        /**
         * Whether the pool ends by itself when the VM does (Ctrl+C, SIGTERM, {@link System#exit}); true by default. The
         * hook takes no more requests, lets each worker finish the one in hand, and fails what waits behind it, with
         * {@link PoolUnavailableException}. The VM runs all hooks at the same time and in no order, so a request that
         * one of the application's own hooks sends may be refused. An application that sends any sets this to false and
         * closes the pool in the hook that uses it last; one left open loses its requests, and its workers are killed.
         */
        public Builder shutdownHook(boolean close) {
            settings.shutdownHook(close);
            return this;
        }

        /** How long {@link WorkerPool#close} drains, and then waits between SIGTERM and SIGKILL; 5 s by default. */
        public Builder closeGrace(Duration grace) {
            settings.closeGrace(grace);
            return this;
        }

        /**
         * When the pool gives up for a while: once the workers of each slot have died so many times in a row, queued
         * requests fail and new ones are refused, and one worker is tried each {@code retry} until one gets ready. 5
         * deaths and 30 s by default.
         *
         * <p>A death counts if the worker wasn't ready yet or had a request in hand. A reply ends the row, and so does
         * a request that fails because of a death. Deaths of idle workers don't count, nor ends by
         * {@link WorkerPool#signalAll}.
         */
        public Builder breaker(int deaths, Duration retry) {
            settings.breaker(deaths, retry);
            return this;
        }

        /** What is told of deaths, failures and lines of standard error; {@link PoolListener#logging} by default. */
        public Builder listener(PoolListener told) {
            settings.listener(told);
            return this;
        }

        /**
         * Starts the workers and waits until each is ready. Blocks, not interruptibly.
         *
         * @throws WorkerStartException if a worker can't be started, or ends or isn't ready in time (its step is
         *     {@code ready} then); no worker is left
         * @throws IOException if the system refuses the memory
         */
        public WorkerPool start() throws IOException {
            return new WorkerPool(Pool.start(settings.options(launches())));
        }

        private List<Launch> launches() {
            if (forEach.isEmpty()) {
                return Collections.nCopies(settings.workers(), launch(process.copy()));
            }
            return IntStream.range(0, settings.workers())
                    .mapToObj(i -> launch(changed(one -> forEach.forEach(more -> more.accept(one, i)))))
                    .toList();
        }

        private static Launch launch(LaunchOptions own) {
            own.streamUnlessSet(2, Redirect.PIPE);
            return Incarnation.launch(own);
        }
    }
}
