package io.github.belfry.support;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.Signal;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerPool;
import io.github.belfry.WorkerStats;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** Requests and replies as text, which the workers {@code crash} and {@code pool_worker} understand. */
public final class Requests {
    private Requests() {}

    /** A worker with a verb for each test, see {@code c/tests/pool_worker.c}. */
    public static WorkerPool.Builder poolWorker(Object... arguments) {
        return testWorker("pool_worker", arguments);
    }

    /** A worker that breaks rules, see {@code c/tests/hostile_worker.c}. */
    public static WorkerPool.Builder hostile(Object... arguments) {
        return testWorker("hostile_worker", arguments);
    }

    /** A worker that dies as its requests say, see {@code c/tests/crash.c}. */
    public static WorkerPool.Builder crash() {
        return testWorker("crash");
    }

    private static WorkerPool.Builder testWorker(String program, Object... arguments) {
        String[] command = new String[arguments.length + 1];
        command[0] = TestPrograms.path(program);
        for (int i = 0; i < arguments.length; i++) {
            command[i + 1] = arguments[i].toString();
        }
        return WorkerPool.command(command).workers(1);
    }

    /** A worker started by a script, of which {@code $0} is the argument and {@code $1} the worker's program. */
    public static WorkerPool.Builder script(String script, Object argument) {
        return WorkerPool.command("/bin/sh", "-c", script, argument.toString(), TestPrograms.path("pool_worker"));
    }

    public static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** With its number and as many more bytes. */
    public static byte[] numbered(long number, int more) {
        return ByteBuffer.allocate(Long.BYTES + more).putLong(number).array();
    }

    public static long number(byte[] numbered) {
        return ByteBuffer.wrap(numbered).getLong();
    }

    public static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    public static byte[] copy(ByteBuffer reply) {
        byte[] bytes = new byte[reply.remaining()];
        reply.get(bytes);
        return bytes;
    }

    public static CompletableFuture<byte[]> send(WorkerPool pool, String request) {
        return pool.submit(bytes(request));
    }

    public static String ask(WorkerPool pool, String request) throws Exception {
        return result(send(pool, request));
    }

    public static String result(CompletableFuture<byte[]> future) throws Exception {
        return text(future.get(30, TimeUnit.SECONDS));
    }

    /** What the future fails with. */
    public static <E extends Throwable> E failure(Class<E> type, CompletableFuture<?> future) throws Exception {
        try {
            Object result = future.get(30, TimeUnit.SECONDS);
            throw new AssertionError("no failure but " + result);
        } catch (ExecutionException e) {
            assertThat(e.getCause()).isInstanceOf(type);
            return type.cast(e.getCause());
        }
    }

    /** For a callback that is to wait; true when the latch was opened. */
    public static boolean awaitLatch(CountDownLatch latch) {
        try {
            return latch.await(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** To a process, or to a group whose number is negative. */
    public static void signal(long pid, Signal signal) throws Exception {
        WorkerExit exit = TestPrograms.run("kill", "-" + signal.number(), "--", Long.toString(pid));
        assertThat(exit).isEqualTo(new WorkerExit.Exited(0));
    }

    /** Stops it, so that it takes no requests until {@code CONT}. */
    public static void stop(long pid) throws Exception {
        signal(pid, Signal.STOP);
        Await.until("it stands", () -> ProcFs.state(pid).orElseThrow() == 'T');
    }

    /** All that this class's tests submit lies in a ring. */
    public static final int IN_RING = 1000;

    /** Values of {@code inFlightPerWorker}: what waits does so in a worker's ring, or in the pool. */
    public static IntStream inRingAndInBacklog() {
        return IntStream.of(IN_RING, 1);
    }

    /** In a ring or not. */
    public static long unanswered(WorkerPool pool) {
        WorkerStats total = pool.stats().total();
        return total.inFlight() + total.queued();
    }

    public static long onlyPid(WorkerPool pool) throws Exception {
        Await.until("a worker runs", () -> pool.pids().size() == 1);
        return pool.pids().get(0);
    }
}
