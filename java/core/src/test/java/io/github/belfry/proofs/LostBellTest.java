package io.github.belfry.proofs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.Doorbell;
import io.github.belfry.WorkerPool;
import io.github.belfry.internal.ring.Layout;
import io.github.belfry.support.Ledger;
import io.github.belfry.support.Proof;
import io.github.belfry.support.Seed;
import io.github.belfry.support.TestPrograms;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A lost bell shows only when nothing else rings: where messages follow each other the next one wakes the side that
 * missed the last. So here there is one worker and one message at a time, and each side falls asleep at about the
 * moment when the other one publishes.
 */
@Tag(Proof.TAG)
class LostBellTest {
    private static final Duration SPIN = Duration.ofNanos(2_000);
    private static final int MAX_PAUSES = 100;
    private static final int MAX_SIZE = 20_000;
    private static final int LARGE_ONES = 8;
    private static final int MESSAGES_PER_LOOK = 64;

    @ParameterizedTest
    @EnumSource(names = {"ADAPTIVE", "ALWAYS"})
    void noMessageIsDeliveredOnlyByTheSafetyNet(Doorbell doorbell) throws IOException {
        int messages = Proof.times(20_000, doorbell == Doorbell.ADAPTIVE ? 10_000_000 : 1_000_000);
        SplittableRandom random = Seed.random(LostBellTest.class);
        Ledger ledger = new Ledger(messages);
        try (WorkerPool pool = WorkerPool.bundled("upper")
                .name("bell-" + doorbell)
                .workers(1)
                .doorbell(doorbell)
                .spin(SPIN)
                .start()) {
            for (int number = 0; number < messages; number++) {
                send(pool, ledger, number, random);
                for (int pauses = random.nextInt(MAX_PAUSES); pauses > 0; pauses--) {
                    Thread.onSpinWait();
                }
                if (number % MESSAGES_PER_LOOK == 0 || number == messages - 1) {
                    assertThat(pool.stats().total().rescues())
                            .as("rescues after %d messages", number)
                            .isZero();
                }
            }
            Proof.counted(
                    "wake-up, " + doorbell,
                    "%,d round trips one at a time with random pauses on both sides, %,d signals, 0 rescues",
                    messages,
                    pool.stats().total().signals());
        }
        assertThat(ledger.balance()).isEqualTo(Ledger.Balance.EVEN);
    }

    /** Small requests with large replies: the worker sleeps until there is room, which the master makes by reading. */
    @Test
    void makingRoomForAReplyWakesTheWorker() throws IOException {
        byte[] request = "big 30000".getBytes(StandardCharsets.US_ASCII);
        try (WorkerPool pool = WorkerPool.command(TestPrograms.path("pool_worker"))
                .workers(1)
                .ringBytes(Layout.MIN_RING_BYTES)
                .spin(SPIN)
                .start()) {
            for (int round = 0; round < 500; round++) {
                List<CompletableFuture<byte[]>> replies = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    replies.add(pool.submit(request));
                }
                for (CompletableFuture<byte[]> reply : replies) {
                    assertThat(reply.join()).hasSize(30_000);
                }
                assertThat(pool.stats().total().rescues())
                        .as("in round %d", round)
                        .isZero();
            }
        }
    }

    /** A large message takes the worker about as long as the caller spins. */
    private static void send(WorkerPool pool, Ledger ledger, int number, SplittableRandom random) {
        int size = random.nextInt(Ledger.NUMBER_BYTES, random.nextInt(LARGE_ONES) == 0 ? MAX_SIZE : 64);
        if (random.nextBoolean()) {
            ledger.read(number, size, pool.call(Ledger.message(number, size)));
        } else {
            ledger.read(number, size, pool.submit(Ledger.message(number, size)).join());
        }
        ledger.end(number, null);
    }
}
