package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.github.belfry.Requester;
import io.github.belfry.Signal;
import io.github.belfry.WorkerPool;
import io.github.belfry.support.Requests;
import java.io.IOException;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Each way to send a request, through the interface. */
class RequesterTest {
    private static final byte[] X = Requests.bytes("x");
    private static final Consumer<ByteBuffer> WRITE_X = to -> to.put(X);
    private static WorkerPool pool;
    private static Requester requester;

    @BeforeAll
    static void start() throws IOException {
        pool = Requests.poolWorker().ringBytes(64 * 1024).start();
        requester = pool;
    }

    @AfterAll
    static void close() {
        pool.close();
    }

    private static String text(ByteBuffer reply) {
        return Requests.text(Requests.copy(reply));
    }

    private static <R> R result(Optional<CompletableFuture<R>> offered) throws Exception {
        return offered.orElseThrow().get(30, TimeUnit.SECONDS);
    }

    @Test
    void bytesGoAsTypeZeroOrAsTheTypeThatIsGiven() throws Exception {
        assertThat(Requests.text(requester.call(X))).isEqualTo("type 0 attempt 1 size 1");
        assertThat(Requests.text(requester.call(7, X))).isEqualTo("type 7 attempt 1 size 1");
        assertThat(Requests.result(requester.submit(X))).isEqualTo("type 0 attempt 1 size 1");
        assertThat(Requests.result(requester.submit(7, X))).isEqualTo("type 7 attempt 1 size 1");
        assertThat(Requests.text(result(requester.offer(X)))).isEqualTo("type 0 attempt 1 size 1");
        assertThat(Requests.text(result(requester.offer(-7, X)))).isEqualTo("type 4294967289 attempt 1 size 1");
    }

    @Test
    void callbacksWriteAndReadInPlace() throws Exception {
        String reply = "type 7 attempt 1 size 1";
        assertThat(requester.call(7, 1, WRITE_X, RequesterTest::text)).isEqualTo(reply);
        assertThat(requester.submit(7, 1, WRITE_X, RequesterTest::text).get(30, TimeUnit.SECONDS))
                .isEqualTo(reply);
        assertThat(result(requester.offer(7, 1, WRITE_X, RequesterTest::text))).isEqualTo(reply);
    }

    @Test
    void callbacksOfMoreGeneralTypesFit() throws Exception {
        Consumer<Object> write = to -> ((ByteBuffer) to).put(X);
        Function<Buffer, Integer> read = Buffer::remaining;
        int size = "type 0 attempt 1 size 1".length();
        Number called = requester.<Number>call(0, 1, write, read);
        CompletableFuture<Number> submitted = requester.submit(0, 1, write, read);
        Optional<CompletableFuture<Number>> offered = requester.offer(0, 1, write, read);
        assertThat(called).isEqualTo(size);
        assertThat(submitted.get(30, TimeUnit.SECONDS)).isEqualTo(size);
        assertThat(result(offered)).isEqualTo(size);
    }

    @Test
    void anOfferWithoutRoomWritesNothing() throws Exception {
        AtomicInteger writes = new AtomicInteger();
        Consumer<ByteBuffer> write = to -> writes.incrementAndGet();
        int size = 10_000;
        List<CompletableFuture<Integer>> accepted = new ArrayList<>();
        long pid = Requests.onlyPid(pool);
        Requests.stop(pid);
        Optional<CompletableFuture<Integer>> offered = requester.offer(0, size, write, Buffer::remaining);
        while (offered.isPresent()) {
            accepted.add(offered.get());
            offered = requester.offer(0, size, write, Buffer::remaining);
        }
        assertThat(accepted).hasSize(64 * 1024 / size);
        assertThat(writes).hasValue(accepted.size());
        Requests.signal(pid, Signal.CONT);
        for (CompletableFuture<Integer> future : accepted) {
            assertThat(future.get(30, TimeUnit.SECONDS)).isPositive();
        }
    }

    @Test
    void anOfferRefusesWhatTheOthersRefuse() throws Exception {
        assertThatNullPointerException().isThrownBy(() -> requester.offer(0, 1, null, RequesterTest::text));
        assertThatNullPointerException().isThrownBy(() -> requester.offer(0, 1, WRITE_X, null));
        assertThatIllegalArgumentException().isThrownBy(() -> requester.offer(0, -1, WRITE_X, RequesterTest::text));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> requester.offer(0, requester.maxRequestBytes() + 1, WRITE_X, RequesterTest::text));
        assertThatIllegalStateException()
                .isThrownBy(() -> requester.call(0, 1, to -> requester.offer(X), RequesterTest::text));
        IllegalStateException mine = new IllegalStateException("mine");
        assertThatIllegalStateException()
                .isThrownBy(() -> requester.offer(
                        0,
                        1,
                        to -> {
                            throw mine;
                        },
                        RequesterTest::text))
                .isSameAs(mine);
        assertThat(pool.stats().total().inFlight()).isZero();
    }

    @Test
    void aReplyMayBeAsLargeAsItSays() throws Exception {
        assertThat(requester.maxReplyBytes()).isEqualTo(64 * 1024 - 64);
        assertThat(requester.call(Requests.bytes("big " + requester.maxReplyBytes())))
                .hasSize(requester.maxReplyBytes());
    }
}
