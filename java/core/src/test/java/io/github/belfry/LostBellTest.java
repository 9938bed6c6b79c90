package io.github.belfry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A bell that is lost shows only when nothing else rings: where messages follow each other the next one wakes whoever
 * missed the last. So here there is one worker and one message at a time, and each side falls asleep at about the
 * moment when the other one publishes.
 */
class LostBellTest {
    private static final Duration SPIN = Duration.ofNanos(2_000);
    private static final int MAX_PAUSES = 100;
    private static final int MAX_SIZE = 20_000;
    private static final int MESSAGES_PER_LOOK = 64;

    @ParameterizedTest
    @EnumSource(names = {"ADAPTIVE", "ALWAYS"})
    void noMessageIsDeliveredOnlyByTheSafetyNet(Doorbell doorbell) throws IOException {
        int messages = Traffic.tenthOfSoak();
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
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
                            .as("rescues after %d messages, seed %d", number, seed)
                            .isZero();
                }
            }
            System.out.printf(
                    "%s: %,d messages, %s%n", doorbell, messages, pool.stats().total());
        }
        assertThat(ledger.balance()).isEqualTo(Ledger.Balance.EVEN);
    }

    /** Large ones take the worker as long as the spin of who waits. */
    private static void send(WorkerPool pool, Ledger ledger, int number, SplittableRandom random) {
        int size = random.nextInt(Ledger.NUMBER_BYTES, random.nextBoolean() ? 64 : MAX_SIZE);
        if (random.nextBoolean()) {
            ledger.read(number, size, pool.call(Ledger.message(number, size)));
        } else {
            ledger.read(number, size, pool.submit(Ledger.message(number, size)).join());
        }
        ledger.end(number, null);
    }
}
