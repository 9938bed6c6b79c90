package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.belfry.Doorbell;
import io.github.belfry.Replies;
import io.github.belfry.RequestWriter;
import io.github.belfry.WorkerFaultException;
import io.github.belfry.WorkerPool;
import io.github.belfry.support.Await;
import io.github.belfry.support.Requests;
import io.github.belfry.support.Seed;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.SplittableRandom;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Many requests and their replies, in order, by one thread. */
@Timeout(60)
class PoolMapTest {
    static WorkerPool echo(int workers) throws Exception {
        return WorkerPool.bundled("echo").workers(workers).ringBytes(64 << 10).start();
    }

    static Iterator<byte[]> numbers(int count) {
        return IntStream.range(0, count).mapToObj(PoolMapTest::number).iterator();
    }

    static byte[] number(int number) {
        return Requests.numbered(number, 0);
    }

    static int number(byte[] reply) {
        return (int) Requests.number(reply);
    }

    static Iterator<byte[]> texts(String... texts) {
        return Stream.of(texts).map(Requests::bytes).iterator();
    }

    // ---- Elements

    @ParameterizedTest
    @CsvSource({"1, ADAPTIVE", "3, ADAPTIVE", "2, ALWAYS", "1, SPIN"})
    void everyReplyComesInOrder(int workers, Doorbell doorbell) throws Exception {
        try (WorkerPool pool = WorkerPool.bundled("echo")
                        .workers(workers)
                        .doorbell(doorbell)
                        .start();
                Replies<byte[]> replies = pool.map(numbers(20_000))) {
            for (int i = 0; i < 20_000; i++) {
                assertThat(replies.hasNext()).isTrue();
                assertThat(number(replies.next())).isEqualTo(i);
            }
            assertThat(replies.hasNext()).isFalse();
            assertThatThrownBy(replies::next).isInstanceOf(NoSuchElementException.class);
        }
    }

    private enum Kind {
        REPLY,
        FAULT,
        SIZE,
        WRITE,
        READ,
        SOURCE
    }

    private record Element(Kind kind, byte[] bytes) {}

    /** Any sizes and any mix of failures, against a list. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void anyElementsComeAsTheyWouldFromAList(int workers) throws Exception {
        try (WorkerPool pool =
                Requests.crash().workers(workers).ringBytes(64 << 10).start()) {
            Seed.repeat(PoolMapTest.class, 20, random -> {
                List<Element> elements = new ArrayList<>();
                for (int i = random.nextInt(2000); i > 0; i--) {
                    elements.add(any(random));
                }
                compare(pool, elements, random);
            });
            assertThat(pool.stats().total().deaths()).isZero();
        }
    }

    private static Element any(SplittableRandom random) {
        Kind kind = random.nextInt(10) > 0 ? Kind.REPLY : Kind.values()[random.nextInt(Kind.values().length)];
        byte[] bytes = new byte[random.nextInt(random.nextInt(20) == 0 ? 30_000 : 100)];
        random.nextBytes(bytes);
        return new Element(kind, kind == Kind.FAULT ? Requests.bytes("fault 7 " + bytes.length) : bytes);
    }

    private static void compare(WorkerPool pool, List<Element> elements, SplittableRandom random) {
        Iterator<Element> list = elements.iterator();
        Iterator<Element> source = new Iterator<>() {
            @Override
            public boolean hasNext() {
                return list.hasNext();
            }

            @Override
            public Element next() {
                Element next = list.next();
                if (next.kind == Kind.SOURCE) {
                    throw new IllegalStateException("source");
                }
                return next;
            }
        };
        RequestWriter<Element> writer =
                RequestWriter.of(element -> element.kind == Kind.SIZE ? -1 : element.bytes.length, (element, to) -> {
                    if (element.kind == Kind.WRITE) {
                        throw new IllegalStateException("write");
                    }
                    to.put(element.bytes);
                });
        AtomicInteger at = new AtomicInteger();
        Function<ByteBuffer, byte[]> read = reply -> {
            if (elements.get(at.get()).kind == Kind.READ) {
                throw new IllegalStateException("read");
            }
            assertThat(reply.isDirect() && reply.isReadOnly()).isTrue();
            return Requests.copy(reply);
        };
        try (Replies<byte[]> replies = pool.map(source, writer, read)) {
            for (Element element : elements) {
                if (random.nextInt(100) == 0) {
                    assertThat(pool.call(Requests.bytes("between"))).isEqualTo(Requests.bytes("between"));
                }
                check(element, replies);
                at.incrementAndGet();
            }
            assertThat(replies.hasNext()).isFalse();
        }
    }

    private static void check(Element element, Replies<byte[]> replies) {
        switch (element.kind) {
            case REPLY -> assertThat(replies.next()).isEqualTo(element.bytes);
            case FAULT -> assertThatThrownBy(replies::next).isInstanceOf(WorkerFaultException.class);
            case SIZE -> assertThatThrownBy(replies::next).isInstanceOf(IllegalArgumentException.class);
            default ->
                assertThatThrownBy(replies::next)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining(element.kind.name().toLowerCase(java.util.Locale.ROOT));
        }
    }

    @Test
    void aWriterGivesTheType() throws Exception {
        try (WorkerPool pool = Requests.poolWorker().start()) {
            RequestWriter<Integer> writer = new RequestWriter<>() {
                @Override
                public int type(Integer request) {
                    return request;
                }

                @Override
                public int size(Integer request) {
                    return 0;
                }

                @Override
                public void write(Integer request, ByteBuffer to) {
                    assertThatThrownBy(() -> pool.call(new byte[0])).isInstanceOf(IllegalStateException.class);
                }
            };
            try (Replies<String> replies =
                    pool.map(List.of(5, 9).iterator(), writer, reply -> Requests.text(Requests.copy(reply)))) {
                assertThat(replies.next()).startsWith("type 5 ");
                assertThat(replies.next()).startsWith("type 9 ");
            }
        }
    }

    /** One takes long; the others go on, as many as the window allows. */
    @Test
    void aSlowOneHoldsNoWorkerUp() throws Exception {
        try (WorkerPool pool = Requests.crash().workers(2).start()) {
            AtomicInteger asked = new AtomicInteger();
            Iterator<byte[]> source = IntStream.range(0, 500)
                    .mapToObj(i -> {
                        asked.incrementAndGet();
                        return Requests.bytes(i == 0 ? "sleep 1000" : "x" + i);
                    })
                    .iterator();
            try (Replies<byte[]> replies = pool.map(source)) {
                assertThat(replies.next()).isEmpty();
                assertThat(asked).hasValue(500);
                for (int i = 1; i < 500; i++) {
                    assertThat(replies.next()).isEqualTo(Requests.bytes("x" + i));
                }
            }
        }
    }

    @Test
    void nothingMayBeNull() throws Exception {
        try (WorkerPool pool = echo(1)) {
            RequestWriter<byte[]> writer = RequestWriter.of(bytes -> bytes.length, (bytes, to) -> to.put(bytes));
            assertThatThrownBy(() -> pool.map(null)).isInstanceOf(NullPointerException.class);
            assertThatThrownBy(() -> pool.map(numbers(1), null, Requests::copy)).isInstanceOf(NullPointerException.class);
            assertThatThrownBy(() -> pool.map(numbers(1), writer, null)).isInstanceOf(NullPointerException.class);
        }
    }

    // ---- Beside others

    @Test
    void aCallBetweenElementsIsAnswered() throws Exception {
        try (WorkerPool pool = echo(1);
                Replies<byte[]> replies = pool.map(numbers(3000))) {
            for (int i = 0; i < 3000; i++) {
                assertThat(number(pool.call(replies.next()))).isEqualTo(i);
            }
        }
    }

    /** Its replies fill the worker's ring, which waits for room: it isn't ended for that. */
    @Test
    void anAbandonedOneDelaysNobody() throws Exception {
        byte[] large = new byte[20_000];
        Iterator<byte[]> source = IntStream.range(0, 5000)
                .mapToObj(i -> i < 4000 ? number(i) : large)
                .iterator();
        try (WorkerPool pool = WorkerPool.bundled("echo")
                .workers(1)
                .ringBytes(1 << 20)
                .replyRingBytes(64 << 10)
                .executionTimeout(Duration.ofMillis(200))
                .start()) {
            Replies<byte[]> abandoned = pool.map(source);
            for (int i = 0; i < 3990; i++) {
                assertThat(number(abandoned.next())).isEqualTo(i);
            }
            Await.until("its replies were taken", () -> pool.stats().total().inFlight() == 0);
            for (int i = 0; i < 100; i++) {
                assertThat(number(pool.call(number(i)))).isEqualTo(i);
            }
            assertThat(pool.stats().total().deaths()).isZero();
            assertThat(pool.stats().total().rescues()).isZero();
            assertThat(number(abandoned.next())).isEqualTo(3990);
        }
    }

    @Test
    void oneIsTheSourceOfAnother() throws Exception {
        try (WorkerPool pool = echo(2);
                Replies<byte[]> inner = pool.map(numbers(5000));
                Replies<byte[]> outer = pool.map(inner)) {
            for (int i = 0; i < 5000; i++) {
                assertThat(number(outer.next())).isEqualTo(i);
            }
            assertThat(outer.hasNext()).isFalse();
        }
    }

    /** Each is fed by the other's results, one at a time. */
    @Test
    void twoThreadsWithQueuesOfOneGoOn() throws Exception {
        BlockingQueue<byte[]> there = new ArrayBlockingQueue<>(1);
        try (WorkerPool pool = echo(1);
                Replies<byte[]> first = pool.map(numbers(2000))) {
            CompletableFuture<Void> feeder =
                    CompletableFuture.runAsync(() -> first.forEachRemaining(reply -> put(there, reply)));
            Iterator<byte[]> taking =
                    IntStream.range(0, 2000).mapToObj(i -> take(there)).iterator();
            try (Replies<byte[]> second = pool.map(taking)) {
                for (int i = 0; i < 2000; i++) {
                    assertThat(number(second.next())).isEqualTo(i);
                }
            }
            feeder.get(30, TimeUnit.SECONDS);
        }
    }

    private static void put(BlockingQueue<byte[]> queue, byte[] bytes) {
        try {
            queue.put(bytes);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] take(BlockingQueue<byte[]> queue) {
        try {
            return queue.take();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aCallbackMayUseOne() throws Exception {
        try (WorkerPool pool = echo(1)) {
            CompletableFuture<Integer> sum = pool.submit(number(1)).thenApply(reply -> {
                int total = 0;
                try (Replies<byte[]> replies = pool.map(numbers(1000))) {
                    while (replies.hasNext()) {
                        total += number(replies.next());
                    }
                }
                return total;
            });
            assertThat(sum.get(30, TimeUnit.SECONDS)).isEqualTo(999 * 500);
        }
    }
}
