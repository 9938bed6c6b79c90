package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.WorkerFaultException;
import io.github.belfry.WorkerPool;
import io.github.belfry.internal.sys.Native;
import io.github.belfry.support.Requests;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A ring of replies that isn't as large as that of the requests. */
class PoolReplyRingTest {
    private static final int SMALL = 64 << 10;
    private static final int LARGE = 16 << 20;

    @Test
    void itIsAsLargeAsThatOfTheRequestsUnlessSet() throws Exception {
        try (WorkerPool same = Requests.poolWorker().ringBytes(4 * SMALL).start();
                WorkerPool other = Requests.poolWorker()
                        .replyRingBytes(SMALL)
                        .ringBytes(4 * SMALL)
                        .start()) {
            assertThat(same.maxReplyBytes()).isEqualTo(4 * SMALL - 64);
            assertThat(other.maxReplyBytes()).isEqualTo(SMALL - 64);
            assertThat(other.maxRequestBytes()).isEqualTo(4 * SMALL - 64);
        }
    }

    @Test
    void eachLimitIsReached() throws Exception {
        try (WorkerPool pool =
                Requests.poolWorker().ringBytes(4 * SMALL).replyRingBytes(SMALL).start()) {
            assertThat(Requests.text(pool.call(new byte[pool.maxRequestBytes()])))
                    .endsWith("size " + pool.maxRequestBytes());
            for (int i = 0; i < 10; i++) {
                assertThat(pool.call(Requests.bytes("big " + pool.maxReplyBytes())))
                        .hasSize(pool.maxReplyBytes());
            }
            Requests.failure(WorkerFaultException.class, Requests.send(pool, "big " + (pool.maxReplyBytes() + 1)));
        }
    }

    @Test
    void aReplyMayBeLargerThanARequest() throws Exception {
        try (WorkerPool pool =
                Requests.poolWorker().ringBytes(SMALL).replyRingBytes(4 * SMALL).start()) {
            assertThat(pool.call(Requests.bytes("big " + pool.maxReplyBytes()))).hasSize(4 * SMALL - 64);
        }
    }

    /** More replies than it holds wait for each other. */
    @Test
    void aSmallOneHoldsUpNoRequest() throws Exception {
        try (WorkerPool pool =
                Requests.poolWorker().ringBytes(4 * SMALL).replyRingBytes(SMALL).start()) {
            IntStream.range(0, 200)
                    .mapToObj(i -> Requests.send(pool, "big " + (SMALL / 3)))
                    .collect(Collectors.toList())
                    .forEach(reply -> assertThat(reply.join()).hasSize(SMALL / 3));
        }
    }

    @Test
    void theNextIncarnationHasOneOfThatSize() throws Exception {
        try (WorkerPool pool =
                Requests.crash().ringBytes(4 * SMALL).replyRingBytes(SMALL).start()) {
            assertThat(Requests.ask(pool, "crash-once again")).isEqualTo("again");
            assertThat(pool.stats().total().deaths()).isEqualTo(1);
        }
    }

    /** All of a ring's memory is allocated at its start, and no more can be: its size is sealed. */
    @Test
    void sixteenWorkersTakeWhatTheirRingsHave() throws Exception {
        try (WorkerPool pool = Requests.poolWorker()
                .name("sixteen")
                .workers(16)
                .ringBytes(LARGE)
                .replyRingBytes(SMALL)
                .start()) {
            Requests.ask(pool, "x");
            assertThat(bytes("belfry-requests-sixteen-")).hasSize(16).containsOnly(Native.pageSize() + (long) LARGE);
            assertThat(bytes("belfry-replies-sixteen-")).hasSize(16).containsOnly(Native.pageSize() + (long) SMALL);
        }
    }

    /** The sizes of this VM's memfds of that name. */
    private static List<Long> bytes(String name) throws IOException {
        try (Stream<Path> links = Files.list(Path.of("/proc/self/fd"))) {
            return links.filter(link -> isNamed(link, "/memfd:" + name))
                    .map(PoolReplyRingTest::size)
                    .toList();
        }
    }

    private static boolean isNamed(Path link, String prefix) {
        try {
            return Files.readSymbolicLink(link).toString().startsWith(prefix);
        } catch (IOException closedMeanwhile) {
            return false;
        }
    }

    private static long size(Path link) {
        try {
            return Files.size(link);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
