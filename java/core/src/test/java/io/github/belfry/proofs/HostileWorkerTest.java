package io.github.belfry.proofs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.PoolStats;
import io.github.belfry.WorkerDiedException;
import io.github.belfry.WorkerPool;
import io.github.belfry.internal.ring.Layout;
import io.github.belfry.internal.ring.WorkersEnd;
import io.github.belfry.support.Proof;
import io.github.belfry.support.Requests;
import io.github.belfry.support.Seed;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A worker that does what it can to the memory it shares: it is ended soon, and no other request is affected. */
@Tag(Proof.TAG)
class HostileWorkerTest {
    private static final long MAX_MILLIS = 100;
    private static final int RING_BYTES = 1 << 20;

    @TempDir
    private Path directory;

    private final List<Long> delays = new ArrayList<>();
    private final SplittableRandom random = Seed.random(HostileWorkerTest.class);

    private static CompletableFuture<byte[]> sendSome(WorkerPool pool, int size) {
        return pool.submit(WorkersEnd.bytes(size, size));
    }

    private static void assertRight(CompletableFuture<byte[]> reply) throws Exception {
        byte[] bytes = reply.get(30, TimeUnit.SECONDS);
        assertThat(bytes).isEqualTo(WorkersEnd.bytes(bytes.length, bytes.length));
    }

    /** Only the tail has a rule; all other words concern the worker alone, and may have any value. */
    @Test
    void aFlippedBitEndsItsOwnWorkerOrNone() throws Exception {
        int rounds = Proof.times(1, 10);
        int harmless = 0;
        try (WorkerPool pool = Requests.hostile()
                .name("flipped")
                .workers(2)
                .ringBytes(RING_BYTES)
                .maxAttempts(1)
                .start()) {
            for (int round = 0; round < rounds; round++) {
                for (int word : HostileHeaderTest.WORDS) {
                    for (int bit = 0; bit < Long.SIZE; bit++) {
                        flip(pool, word, bit);
                        harmless += word == Layout.REPLY_TAIL ? 0 : 1;
                    }
                    assertThat(PoolStats.of(ProcessHandle.current().pid())).isNotEmpty();
                }
            }
            assertThat(pool.stats().total().deaths()).isEqualTo(delays.size());
            assertThat(delays).hasSize(rounds * Long.SIZE);
        }
        Proof.counted(
                "hostile worker, flips",
                "%,d bits of a live header flipped without a bell: %,d workers killed after %.1f ms (p50), %.1f ms"
                        + " (max); %,d flips harmless, 0 replies wrong",
                harmless + delays.size(),
                delays.size(),
                millis(delays.size() / 2),
                millis(delays.size() - 1),
                harmless);
        assertSoon();
    }

    private void flip(WorkerPool pool, int word, int bit) throws Exception {
        List<CompletableFuture<byte[]>> others = new ArrayList<>();
        String request = "flip " + word + " " + bit + " ";
        if (word == Layout.REPLY_TAIL) {
            assertRight(sendSome(pool, random.nextInt(8000)));
            // A multiple of 8 up to the ring's size could be a tail.
            boolean couldBeTail = 1L << bit >= Layout.RECORD_BYTES && 1L << bit <= RING_BYTES;
            endOf(pool, request, couldBeTail ? "broken rule" : "broken rule: reply_tail is ");
        } else {
            others.add(sendSome(pool, random.nextInt(8000)));
            assertThat(Requests.ask(pool, request + directory.resolve("times"))).isEmpty();
        }
        others.add(sendSome(pool, random.nextInt(8000)));
        for (CompletableFuture<byte[]> other : others) {
            assertRight(other);
        }
        assertThat(pool.stats().workers()).hasSize(2);
    }

    /** Sends it, waits for the worker's end, and notes how long it took to be noticed. */
    private void endOf(WorkerPool pool, String request, String reason) throws Exception {
        Path time = directory.resolve("time");
        Files.deleteIfExists(time);
        AtomicLong failedAt = new AtomicLong();
        CompletableFuture<byte[]> broken =
                Requests.send(pool, request + time).whenComplete((reply, failure) -> failedAt.set(System.nanoTime()));
        CompletableFuture<byte[]> behind = sendSome(pool, random.nextInt(8000));
        assertThat(Requests.failure(WorkerDiedException.class, broken)).hasMessageContaining(reason);
        assertRight(behind);
        // Both are CLOCK_MONOTONIC.
        delays.add(failedAt.get() - Long.parseLong(Files.readString(time).strip()));
    }

    private double millis(int rank) {
        return delays.stream().sorted().toList().get(rank) / 1e6;
    }

    private void assertSoon() {
        assertThat(delays).allMatch(delay -> delay > 0);
        if (Proof.isWhole()) {
            // The slowest are due to the kernel's scheduler.
            assertThat(millis(delays.size() * 98 / 100)).isLessThan(MAX_MILLIS);
        }
    }

    /** The worker tries before it attaches, when it has both descriptors; it keeps that of the replies. */
    @Test
    void theFilesStayAsTheyAre() throws Exception {
        int lives = Proof.times(10, 100);
        Path log = directory.resolve("log");
        try (WorkerPool pool = Requests.hostile(log).maxAttempts(1).start()) {
            for (int incarnation = 1; incarnation < lives; incarnation++) {
                assertRight(sendSome(pool, 30_000));
                endOf(pool, "zero ", "broken rule");
                assertRight(sendSome(pool, 30_000));
            }
            assertThat(pool.stats().total().deaths()).isEqualTo(lives - 1);
            assertThat(pool.stats().total().rescues())
                    .as("noticed by the safety net")
                    .isZero();
        }
        List<String> lines = Files.readAllLines(log);
        assertThat(lines).hasSize(lives).allMatch("tried 21"::equals);
        Proof.counted(
                "hostile worker, files",
                "%,d attempts on the size, the seals and the bytes of the files refused; "
                        + "%,d holes punched into the replies, workers killed after %.1f ms (p50), %.1f ms (max)",
                21 * lives,
                delays.size(),
                millis(delays.size() / 2),
                millis(delays.size() - 1));
        assertSoon();
    }
}
