package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.belfry.PoolUnavailableException;
import io.github.belfry.RequestTimeoutException;
import io.github.belfry.Signal;
import io.github.belfry.WorkerDiedException;
import io.github.belfry.WorkerFaultException;
import io.github.belfry.WorkerPool;
import io.github.belfry.support.Await;
import io.github.belfry.support.OwnThread;
import io.github.belfry.support.Requests;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** A failure that a thread of the pool made names the code that called, and the thread's own code as well. */
class PoolCallStackTest {
    private static final Function<ByteBuffer, byte[]> COPY = Requests::copy;

    private interface Step {
        void run() throws Exception;
    }

    /** What a call throws that sleeps before {@code then} is done. */
    private static Throwable thrownByASleepingCall(
            WorkerPool pool, String request, Function<ByteBuffer, byte[]> read, Step then) throws Exception {
        Requests.stop(Requests.onlyPid(pool));
        AtomicReference<Thread> thread = new AtomicReference<>();
        CompletableFuture<Throwable> thrown = CompletableFuture.supplyAsync(
                () -> {
                    thread.set(Thread.currentThread());
                    return catchThrowable(() -> theUsersMethod(pool, Requests.bytes(request), read));
                },
                OwnThread.PER_TASK);
        Await.until(
                "it sleeps",
                () -> thread.get() != null && thread.get().getState() == Thread.State.WAITING || thrown.isDone());
        then.run();
        return thrown.get(30, TimeUnit.SECONDS);
    }

    private static byte[] theUsersMethod(WorkerPool pool, byte[] request, Function<ByteBuffer, byte[]> read) {
        return pool.call(0, request.length, to -> to.put(request), read);
    }

    private static Step goOn(WorkerPool pool) {
        return () -> Requests.signal(Requests.onlyPid(pool), Signal.CONT);
    }

    private static List<String> methods(Throwable failure) {
        return Arrays.stream(failure.getStackTrace())
                .map(StackTraceElement::getMethodName)
                .toList();
    }

    private static List<String> classes(Throwable failure) {
        return Arrays.stream(failure.getStackTrace())
                .map(StackTraceElement::getClassName)
                .toList();
    }

    private static void hasBothStacks(Throwable failure, Class<?> inThePool) {
        assertThat(methods(failure)).contains("theUsersMethod");
        assertThat(failure.getSuppressed()).hasSize(1);
        assertThat(classes(failure.getSuppressed()[0])).contains(inThePool.getName());
        assertThat(failure.getSuppressed()[0]).hasToString("made in a thread of the pool");
    }

    @Test
    void aFault() throws Exception {
        try (WorkerPool pool = Requests.crash().start()) {
            Throwable e = thrownByASleepingCall(pool, "fault 7 x", COPY, goOn(pool));
            assertThat(e)
                    .isInstanceOfSatisfying(
                            WorkerFaultException.class,
                            fault -> assertThat(fault.code()).isEqualTo(7));
            hasBothStacks(e, ReplyThread.class);
        }
    }

    @Test
    void aDeath() throws Exception {
        try (WorkerPool pool = Requests.crash().maxAttempts(1).start()) {
            Throwable e = thrownByASleepingCall(pool, "exit 3", COPY, goOn(pool));
            assertThat(e)
                    .isInstanceOfSatisfying(
                            WorkerDiedException.class,
                            died -> assertThat(died.attempts()).isEqualTo(1));
            hasBothStacks(e, Supervisor.class);
        }
    }

    @Test
    void aTimeout() throws Exception {
        try (WorkerPool pool =
                Requests.crash().executionTimeout(Duration.ofMillis(300)).start()) {
            Throwable e = thrownByASleepingCall(pool, "loop", COPY, goOn(pool));
            assertThat(e).isInstanceOf(RequestTimeoutException.class);
            hasBothStacks(e, Supervisor.class);
        }
    }

    @Test
    void theEndOfThePool() throws Exception {
        try (WorkerPool pool =
                Requests.crash().closeGrace(Duration.ofMillis(100)).start()) {
            Throwable e = thrownByASleepingCall(pool, "attempt", COPY, pool::close);
            assertThat(e).isInstanceOf(PoolUnavailableException.class);
            hasBothStacks(e, Supervisor.class);
        }
    }

    /** The same object with its own stack, for this thread reads. */
    @Test
    void whatReadThrows() throws Exception {
        IllegalStateException mine = new IllegalStateException("mine");
        StackTraceElement[] stack = mine.getStackTrace();
        try (WorkerPool pool = Requests.crash().start()) {
            for (int i = 0; i < 3; i++) {
                Throwable e = thrownByASleepingCall(
                        pool,
                        "attempt",
                        reply -> {
                            throw mine;
                        },
                        goOn(pool));
                assertThat(e).isSameAs(mine);
                assertThat(e.getStackTrace()).isEqualTo(stack);
                assertThat(e.getSuppressed()).isEmpty();
            }
        }
    }

    @Test
    void whatThisThreadMadeHasOneStack() throws Exception {
        try (WorkerPool pool = Requests.crash().spin(Duration.ofSeconds(20)).start()) {
            Throwable fault = catchThrowable(() -> theUsersMethod(pool, Requests.bytes("fault 7 x"), COPY));
            assertThat(methods(fault)).contains("theUsersMethod");
            assertThat(fault.getSuppressed()).isEmpty();
            pool.close();
            Throwable closed = catchThrowable(() -> theUsersMethod(pool, Requests.bytes("x"), COPY));
            assertThat(methods(closed)).contains("theUsersMethod");
            assertThat(closed.getSuppressed()).isEmpty();
        }
    }
}
