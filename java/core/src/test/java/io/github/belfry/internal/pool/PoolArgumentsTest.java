package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.belfry.PoolUnavailableException;
import io.github.belfry.WorkerPool;
import io.github.belfry.support.Requests;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Which invalid arguments are thrown by the call, and which fail its future. */
class PoolArgumentsTest {
    private static final Consumer<ByteBuffer> NOTHING = buffer -> {};
    private static WorkerPool pool;

    @BeforeAll
    static void start() throws IOException {
        pool = Requests.crash().ringBytes(64 * 1024).name("arguments").start();
    }

    @AfterAll
    static void close() {
        pool.close();
    }

    @Test
    void nullIsThrown() {
        List<ThrowingCallable> calls = List.of(
                () -> pool.submit(null),
                () -> pool.offer(null),
                () -> pool.call(null),
                () -> pool.submit(0, 0, null, Requests::copy),
                () -> pool.submit(0, 0, NOTHING, null),
                () -> pool.call(0, 0, null, Requests::copy),
                () -> pool.call(0, 0, NOTHING, null),
                () -> pool.signalAll(null));
        for (ThrowingCallable call : calls) {
            assertThatNullPointerException().isThrownBy(call);
        }
    }

    @Test
    void aSizeThatIsWrongIsThrownAndNamesTheLimitAndItsOption() {
        assertThat(pool.maxRequestBytes()).isEqualTo(64 * 1024 - 64);
        byte[] tooLarge = new byte[pool.maxRequestBytes() + 1];
        List<ThrowingCallable> calls = List.of(
                () -> pool.submit(tooLarge),
                () -> pool.offer(tooLarge),
                () -> pool.call(tooLarge),
                () -> pool.submit(0, tooLarge.length, NOTHING, Requests::copy),
                () -> pool.call(0, -1, NOTHING, Requests::copy),
                () -> pool.submit(0, Integer.MAX_VALUE, NOTHING, Requests::copy),
                () -> pool.submit(0, Integer.MIN_VALUE, NOTHING, Requests::copy));
        for (ThrowingCallable call : calls) {
            assertThatIllegalArgumentException()
                    .isThrownBy(call)
                    .withMessageContaining("65472")
                    .withMessageContaining("ringBytes")
                    .withMessageContaining("arguments");
        }
    }

    @Test
    void whatWriteThrowsIsThrownAndNothingIsSent() throws Exception {
        for (Throwable thrown : new Throwable[] {new IllegalStateException("mine"), new StackOverflowError()}) {
            long answered = pool.stats().total().answered();
            Consumer<ByteBuffer> write = buffer -> sneak(thrown);
            assertThatThrownBy(() -> pool.submit(0, 100, write, Requests::copy)).isSameAs(thrown);
            assertThatThrownBy(() -> pool.call(0, 100, write, Requests::copy)).isSameAs(thrown);
            assertThat(pool.stats().total().inFlight()).isZero();
            assertThat(Requests.ask(pool, "x")).isEqualTo("x");
            assertThat(pool.stats().total().answered()).isEqualTo(answered + 1);
        }
    }

    @Test
    void whatReadThrowsFailsTheFutureOrIsThrownByTheCall() throws Exception {
        for (Throwable thrown : new Throwable[] {new IllegalStateException("mine"), new AssertionError("mine")}) {
            Function<ByteBuffer, String> read = buffer -> sneak(thrown);
            assertThat(Requests.failure(Throwable.class, pool.submit(0, 0, NOTHING, read)))
                    .isSameAs(thrown);
            assertThatThrownBy(() -> pool.call(0, 0, NOTHING, read)).isSameAs(thrown);
            assertThat(Requests.ask(pool, "x")).isEqualTo("x");
        }
    }

    @SuppressWarnings("unchecked")
    private static <E extends Throwable> String sneak(Throwable thrown) throws E {
        throw (E) thrown;
    }

    @Test
    void aClosedPoolFailsTheFuture() throws Exception {
        WorkerPool closed = Requests.crash().start();
        closed.close();
        refuses(closed);
        WorkerPool draining = Requests.crash().start();
        draining.shutdown();
        refuses(draining);
        draining.close();
    }

    private static void refuses(WorkerPool refusing) throws Exception {
        PoolUnavailableException e = Requests.failure(PoolUnavailableException.class, refusing.submit(new byte[1]));
        assertThat(e.mayHaveRun()).isFalse();
        Requests.failure(PoolUnavailableException.class, refusing.submit(0, 1, NOTHING, Requests::copy));
        assertThatThrownBy(() -> refusing.call(new byte[1])).isInstanceOf(PoolUnavailableException.class);
        assertThatThrownBy(() -> refusing.call(0, 1, NOTHING, Requests::copy))
                .isInstanceOf(PoolUnavailableException.class);
        assertThatThrownBy(() -> refusing.offer(new byte[1])).isInstanceOf(PoolUnavailableException.class);
    }

    @Test
    void theBuilderRefusesInvalidArguments() {
        WorkerPool.Builder builder = WorkerPool.command("true");
        List<ThrowingCallable> wrong = List.of(
                () -> builder.name(""),
                () -> builder.name("a/b"),
                () -> builder.name("a\0b"),
                () -> builder.name("x".repeat(201)),
                () -> builder.workers(0),
                () -> builder.ringBytes(0),
                () -> builder.ringBytes(32 * 1024),
                () -> builder.ringBytes(100_000),
                () -> builder.ringBytes(512 << 20),
                () -> builder.replyRingBytes(0),
                () -> builder.replyRingBytes(32 * 1024),
                () -> builder.replyRingBytes(100_000),
                () -> builder.replyRingBytes(512 << 20),
                () -> builder.spin(Duration.ofNanos(-1)),
                () -> builder.requestTimeout(Duration.ZERO),
                () -> builder.executionTimeout(Duration.ZERO),
                () -> builder.inFlightPerWorker(0),
                () -> builder.maxRequestsPerWorker(0),
                () -> builder.startTimeout(Duration.ZERO),
                () -> builder.closeGrace(Duration.ofNanos(-1)),
                () -> builder.maxAttempts(0),
                () -> WorkerPool.command());
        for (ThrowingCallable call : wrong) {
            assertThatIllegalArgumentException().isThrownBy(call);
        }
    }
}
