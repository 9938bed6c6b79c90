package io.github.belfry.proofs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.Doorbell;
import io.github.belfry.Inside;
import io.github.belfry.Replies;
import io.github.belfry.ResourceLimit;
import io.github.belfry.Signal;
import io.github.belfry.Stdio;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerPool;
import io.github.belfry.WorkerStats;
import io.github.belfry.internal.pool.Incarnation;
import io.github.belfry.internal.pool.Slot;
import io.github.belfry.support.Await;
import io.github.belfry.support.Ledger;
import io.github.belfry.support.LedgerProcess;
import io.github.belfry.support.Proof;
import io.github.belfry.support.Requests;
import io.github.belfry.support.Seed;
import io.github.belfry.support.TestPrograms;
import io.github.belfry.support.Traffic;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Workers are killed all the time, at any instruction, and each request is answered once and right. */
@Tag(Proof.TAG)
public class KillStormTest {
    private static final int WORKERS = 4;
    private static final List<Signal> SIGNALS = List.of(Signal.KILL, Signal.SEGV, Signal.ABRT);

    /**
     * Kills random workers, spread over the traffic: by the incarnation's own pidfd, so never a stranger with a recycled
     * number.
     */
    private static final class Storm extends Thread implements AutoCloseable {
        private final List<Slot> slots;
        private final LongSupplier ended;
        private final long messages;
        private final int kills;
        private final int[] deaths = new int[SIGNALS.size()];
        private final SplittableRandom random;
        private volatile boolean over;

        Storm(WorkerPool pool, LongSupplier ended, long messages, int kills, SplittableRandom random) {
            super("storm");
            this.slots = Inside.of(pool).slots();
            this.ended = ended;
            this.messages = messages;
            this.kills = kills;
            this.random = random;
            setDaemon(true);
        }

        @Override
        public void run() {
            for (int kill = 0; kill < kills; kill++) {
                // At a random message of its share, and a random time after that.
                long from = messages * kill / kills + random.nextLong(Math.max(1, messages / kills));
                while (!over && ended.getAsLong() < from) {
                    LockSupport.parkNanos(random.nextInt(1_000_000));
                }
                int signal = random.nextInt(SIGNALS.size());
                while (!over && !kill(SIGNALS.get(signal))) {
                    Thread.onSpinWait();
                }
                deaths[signal]++;
            }
        }

        /** True when a worker has died of this signal. */
        private boolean kill(Signal signal) {
            Incarnation incarnation = slots.get(random.nextInt(slots.size())).incarnation();
            if (incarnation == null
                    || incarnation.exit() != null
                    || !incarnation.child().ring(signal)) {
                return false;
            }
            while (!over && incarnation.exit() == null) {
                LockSupport.parkNanos(100_000);
            }
            return incarnation.exit() instanceof WorkerExit.Signaled by
                    && by.signal().equals(signal);
        }

        /** How many have died of the storm; waits for the last. */
        int deaths() throws InterruptedException {
            join();
            return deaths[0] + deaths[1] + deaths[2];
        }

        @Override
        public void close() {
            over = true;
        }
    }

    @TempDir
    Path temp;

    private WorkerPool.Builder configured(WorkerPool.Builder builder) {
        return builder.workers(WORKERS)
                .ringBytes(64 << 10)
                .maxAttempts(Integer.MAX_VALUE)
                .process(process ->
                        process.limit(ResourceLimit.CORE, 0, 0).stderr(Stdio.append(temp.resolve("complaints"))));
    }

    private static WorkerStats totalOnceBuried(WorkerPool pool, int deaths) throws Exception {
        Await.until(
                () -> deaths + " deaths: " + pool.stats(),
                () -> pool.stats().total().deaths() >= deaths);
        return pool.stats().total();
    }

    private void assertNoComplaints() {
        assertThat(temp.resolve("complaints"))
                .as("a worker prints nothing, unless the master broke a rule")
                .isEmptyFile();
    }

    /** A third process records what the workers did and what the master got, and judges it. */
    @Test
    void aThousandDeathsAndALedgerInAThirdProcess() throws Exception {
        int messages = Proof.times(100_000, 10_000_000);
        int kills = Proof.times(15, 1_000);
        SplittableRandom random = Seed.random(KillStormTest.class);
        long start = System.nanoTime();
        try (LedgerProcess process = new LedgerProcess(messages);
                WorkerPool pool = configured(WorkerPool.command(TestPrograms.path("ledger_worker")))
                        .name("storm")
                        .process(process::passTo)
                        .start();
                Storm storm =
                        new Storm(pool, process.ledger()::ended, messages - messages / 20, kills, random.split())) {
            storm.start();
            Ledger.Balance balance = new Traffic(pool, process.ledger(), random).run();
            int deaths = storm.deaths();
            WorkerStats total = totalOnceBuried(pool, deaths);
            LedgerProcess.Verdict verdict = process.verdict();
            System.out.printf("%s in %.1f s, %s%n", verdict, (System.nanoTime() - start) / 1e9, total);
            assertThat(balance).isEqualTo(Ledger.Balance.EVEN);
            assertThat(verdict.of("sent")).isEqualTo(messages);
            assertThat(verdict.of("once")).isEqualTo(messages);
            assertThat(verdict.faults()).as("%s", verdict).isZero();
            assertThat(verdict.of("entries")).isEqualTo(messages + verdict.of("again"));
            assertThat(verdict.of("again")).isLessThanOrEqualTo(deaths);
            assertThat(deaths).isEqualTo(kills);
            assertThat(total.deaths()).isEqualTo(kills);
            assertThat(total.answered()).isEqualTo(messages);
            assertThat(total.inFlight()).isZero();
            assertThat(total.rescues()).isZero();
            Proof.counted(
                    "crash",
                    "%,d workers died of a random KILL, SEGV or ABRT during %,d messages: %,d completed once, %,d lost,"
                            + " %,d doubled, %,d handled again",
                    deaths,
                    messages,
                    verdict.of("once"),
                    verdict.of("lost"),
                    verdict.of("doubled"),
                    verdict.of("again"));
        }
        assertNoComplaints();
    }

    @ParameterizedTest
    @EnumSource(Doorbell.class)
    void eachRequestIsAnsweredOnceAndRightInEachMode(Doorbell doorbell) throws Exception {
        int messages = Proof.times(20_000, 200_000);
        int kills = Proof.times(5, 50);
        SplittableRandom random = Seed.random(KillStormTest.class);
        Ledger ledger = new Ledger(messages);
        try (WorkerPool pool = configured(WorkerPool.bundled("upper"))
                        .name("storm-" + doorbell)
                        .doorbell(doorbell)
                        .start();
                Storm storm = new Storm(pool, ledger::ended, messages - messages / 20, kills, random.split())) {
            storm.start();
            Ledger.Balance balance = new Traffic(pool, ledger, random).run();
            int deaths = storm.deaths();
            WorkerStats total = totalOnceBuried(pool, deaths);
            assertThat(balance).isEqualTo(Ledger.Balance.EVEN);
            assertThat(total.deaths()).isEqualTo(deaths);
            assertThat(total.answered()).isEqualTo(messages);
            assertThat(total.rescues()).isZero();
        }
        assertNoComplaints();
    }

    /** One thread, with pauses before requests and after replies, beside another that calls. */
    @Test
    void aMapGivesEachReplyOnceAndInOrder() throws Exception {
        int messages = Proof.times(100_000, 10_000_000);
        int kills = Proof.times(15, 1_000);
        SplittableRandom random = Seed.random(KillStormTest.class);
        AtomicLong given = new AtomicLong();
        AtomicLong called = new AtomicLong();
        try (WorkerPool pool =
                        configured(WorkerPool.bundled("echo")).name("storm-map").start();
                Storm storm = new Storm(pool, given::get, messages - messages / 20, kills, random.split())) {
            CompletableFuture<Void> caller = CompletableFuture.runAsync(() -> callUntil(pool, given, messages, called));
            storm.start();
            SplittableRandom pauses = random.split();
            Iterator<byte[]> source = LongStream.range(0, messages)
                    .mapToObj(number -> Requests.numbered(number, pause(pauses)))
                    .iterator();
            try (Replies<byte[]> replies = pool.map(source)) {
                for (long number = 0; number < messages; number++) {
                    assertThat(Requests.number(replies.next())).isEqualTo(number);
                    given.setRelease(number + 1);
                    pause(random);
                }
                assertThat(replies.hasNext()).isFalse();
            }
            caller.get(60, TimeUnit.SECONDS);
            int deaths = storm.deaths();
            WorkerStats total = totalOnceBuried(pool, deaths);
            assertThat(deaths).isEqualTo(kills);
            assertThat(total.answered()).isEqualTo(messages + called.get());
            assertThat(total.rescues()).isZero();
            Proof.counted(
                    "map",
                    "%,d workers died during %,d requests of a map and %,d calls: each answered once and in order",
                    deaths,
                    messages,
                    called.get());
        }
        assertNoComplaints();
    }

    private static void callUntil(WorkerPool pool, AtomicLong given, long messages, AtomicLong called) {
        while (given.get() < messages) {
            long number = called.getAndIncrement();
            assertThat(Requests.number(pool.call(Requests.numbered(number, 0)))).isEqualTo(number);
            LockSupport.parkNanos(100_000);
        }
    }

    /** Seldom; gives 0 to 63. */
    private static int pause(SplittableRandom random) {
        int any = random.nextInt(64_000);
        if (any < 64) {
            LockSupport.parkNanos(any * 3_000L);
        }
        return any % 64;
    }
}
