package io.github.belfry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Workers are killed all the time, at any instruction, and nobody who waits for a reply notices. */
@Tag(Proof.TAG)
class KillStormTest {
    private static final long PAUSE_NANOS = 50_000_000;

    /** Kills until it is told to stop. By the life's own pidfd, so never a stranger with a recycled number. */
    private static final class Storm extends Thread {
        private final List<Place> places;
        private final AtomicInteger kills = new AtomicInteger();
        private final SplittableRandom random = new SplittableRandom();
        private volatile boolean over;

        Storm(List<Place> places) {
            super("storm");
            this.places = places;
            setDaemon(true);
        }

        @Override
        public void run() {
            while (!over) {
                LockSupport.parkNanos(PAUSE_NANOS);
                Life life = places.get(random.nextInt(places.size())).life();
                if (life != null && life.child().ring(Signal.KILL)) {
                    kills.incrementAndGet();
                }
            }
        }

        int end() throws InterruptedException {
            over = true;
            join();
            return kills.get();
        }
    }

    @TempDir
    Path temp;

    @ParameterizedTest
    @EnumSource(Doorbell.class)
    void eachRequestIsAnsweredOnceAndRightWhileWorkersAreKilled(Doorbell doorbell)
            throws IOException, ReflectiveOperationException, InterruptedException {
        int messages = Proof.times(100_000, 1_000_000);
        Path complaints = temp.resolve("complaints");
        long start = System.nanoTime();
        try (WorkerPool pool = WorkerPool.bundled("upper")
                .name("storm-" + doorbell)
                .workers(4)
                .doorbell(doorbell)
                .ringBytes(64 << 10)
                .maxAttempts(Integer.MAX_VALUE)
                .process(process -> process.stderr(Stdio.append(complaints)))
                .start()) {
            Storm storm = new Storm(pool.pool().places());
            storm.start();
            Ledger.Balance balance = new Traffic(pool, messages).run();
            int kills = storm.end();
            WorkerStats total = pool.stats().total();
            System.out.printf(
                    "%s: %,d messages and %d kills in %.1f s, %s%n",
                    doorbell, messages, kills, (System.nanoTime() - start) / 1e9, total);
            assertThat(balance).isEqualTo(Ledger.Balance.EVEN);
            assertThat(kills).isPositive();
            assertThat(total.deaths()).isPositive();
            assertThat(total.rescues()).isZero();
            assertThat(complaints)
                    .as("a worker ends without a word, unless the master broke a rule")
                    .isEmptyFile();
        }
    }
}
