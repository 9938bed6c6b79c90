package io.github.belfry.proofs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.Doorbell;
import io.github.belfry.WorkerPool;
import io.github.belfry.WorkerStats;
import io.github.belfry.support.Ledger;
import io.github.belfry.support.Proof;
import io.github.belfry.support.Seed;
import io.github.belfry.support.Traffic;
import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Java to C and back, many times: no message lost, doubled or damaged, and none that only the safety net delivered.
 * With {@code -Pproofs} ten million for each doorbell.
 */
@Tag(Proof.TAG)
class SoakTest {
    /** Rings so small that they wrap all the time. */
    @ParameterizedTest
    @CsvSource({"ADAPTIVE, 64", "ALWAYS, 256", "SPIN, 1024"})
    void eachMessageIsAnsweredOnceAndRight(Doorbell doorbell, int ringKib) throws IOException {
        int messages = Proof.times(100_000, 10_000_000);
        long start = System.nanoTime();
        try (WorkerPool pool = WorkerPool.bundled("upper")
                .name("soak-" + doorbell)
                .workers(4)
                .doorbell(doorbell)
                .ringBytes(ringKib << 10)
                .start()) {
            assertThat(new Traffic(pool, new Ledger(messages), Seed.random(SoakTest.class)).run())
                    .isEqualTo(Ledger.Balance.EVEN);
            WorkerStats total = pool.stats().total();
            assertThat(total.answered()).isEqualTo(messages);
            assertThat(total.inFlight()).isZero();
            assertThat(total.faults()).isZero();
            assertThat(total.deaths()).isZero();
            assertThat(total.rescues()).isZero();
            Proof.counted(
                    "soak, " + doorbell,
                    "%,d messages of random size, each checked by content, in %.0f s: 0 lost, doubled or damaged,"
                            + " 0 rescues",
                    messages,
                    (System.nanoTime() - start) / 1e9);
        }
    }
}
