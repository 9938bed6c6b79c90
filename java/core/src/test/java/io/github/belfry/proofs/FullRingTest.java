package io.github.belfry.proofs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.Inside;
import io.github.belfry.RequestTimeoutException;
import io.github.belfry.ResourceLimit;
import io.github.belfry.Signal;
import io.github.belfry.WorkerPool;
import io.github.belfry.internal.pool.Incarnation;
import io.github.belfry.internal.pool.Slot;
import io.github.belfry.internal.ring.Layout;
import io.github.belfry.support.Await;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.ProcFs;
import io.github.belfry.support.Proof;
import io.github.belfry.support.Requests;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Workers are stopped while threads submit as fast as they can: memory stays bounded, and nothing is lost. */
@Tag(Proof.TAG)
class FullRingTest {
    private static final int WORKERS = 3;
    private static final int SUBMITTERS = 4;
    private static final int SIZE = 1000;

    /** There is no room when workers x ringBytes are unanswered. */
    private static final long MOST = WORKERS * Layout.MIN_RING_BYTES / Layout.recordBytes(SIZE);
    private static final Duration LONGER_THAN_THE_STOP = Duration.ofMinutes(5);
    private static final Duration SHORTER = Duration.ofMillis(300);
    private static final int MAX_GROWTH_KIB = 64 << 10;
    private static final long PATIENCE_NANOS = 30_000_000_000L;

    /** In a VM of its own, with a small heap that only this test uses. */
    @ParameterizedTest
    @CsvSource({"ALL, 1000, 30000", "ONE, 500, 5000", "ALL_TOO_LONG, 800, 10000"})
    void requestsThatDoNotFitWaitAndNoneIsLost(Stopped stopped, int brief, int whole) throws Exception {
        int millis = Proof.times(brief, whole);
        OtherVm vm = OtherVm.java(Main.class)
                .option("-Xmx64m")
                .argument(stopped.name())
                .argument(Integer.toString(millis));
        String[] lines = OtherVm.run(vm).split("\n");
        Proof.counted("full ring, " + stopped.what, "%s", lines[lines.length - 1]);
    }

    enum Stopped {
        ALL("all workers stand"),
        ONE("one of three stands"),
        ALL_TOO_LONG("all stand for longer than requestTimeout");

        private final String what;

        Stopped(String what) {
            this.what = what;
        }
    }

    static final class Main {
        private final Stopped stopped;
        private final WorkerPool pool;
        private final LongAdder submitted = new LongAdder();
        private final LongAdder answered = new LongAdder();
        private final LongAdder timedOut = new LongAdder();
        private final LongAdder wrong = new LongAdder();
        private volatile boolean over;

        private Main(Stopped stopped) throws Exception {
            this.stopped = stopped;
            this.pool = WorkerPool.bundled("echo")
                    .name("full")
                    .workers(WORKERS)
                    .ringBytes(Layout.MIN_RING_BYTES)
                    .requestTimeout(stopped == Stopped.ALL_TOO_LONG ? SHORTER : LONGER_THAN_THE_STOP)
                    .process(process -> process.limit(ResourceLimit.CORE, 0, 0))
                    .start();
        }

        public static void main(String[] args) throws Exception {
            Main main = new Main(Stopped.valueOf(args[0]));
            try (WorkerPool pool = main.pool) {
                main.run(Long.parseLong(args[1]) * 1_000_000);
            }
        }

        private void run(long stopNanos) throws Exception {
            List<Thread> submitters = startSubmitters();
            Await.until("the code is warm", () -> answered.sum() > 5_000);
            List<Slot> slots = Inside.of(pool).slots();
            List<Slot> still = stopped == Stopped.ONE ? slots.subList(0, 1) : slots;
            signal(still, Signal.STOP);
            Await.until("they stand, with nothing left to read", () -> isStill(still));
            long before = residentKib();
            long most = before;
            long answeredBefore = answered.sum();
            long refused = 0;
            long start = System.nanoTime();
            while (System.nanoTime() - start < stopNanos
                    || isToCome(answeredBefore) && System.nanoTime() - start < stopNanos + PATIENCE_NANOS) {
                if (stopped == Stopped.ALL_TOO_LONG) {
                    signal(still, Signal.STOP); // also the workers that have been started since
                } else if (stopped == Stopped.ALL) {
                    refused += pool.offer(new byte[SIZE]).isEmpty() ? 1 : 0;
                    assertThat(answered.sum()).isEqualTo(answeredBefore);
                }
                LockSupport.parkNanos(1_000_000);
                most = Math.max(most, residentKib());
            }
            long meanwhile = answered.sum() - answeredBefore;
            check(refused, meanwhile, most - before);
            signal(still, Signal.CONT);
            Await.until("the rings move again", () -> answered.sum() > answeredBefore + meanwhile + 1000);
            over = true;
            for (Thread submitter : submitters) {
                submitter.join();
            }
            Await.until(
                    () -> "each future completes: " + submitted + " submitted, " + answered + " answered, " + timedOut
                            + " timed out, " + pool.stats(),
                    () -> answered.sum() + timedOut.sum() == submitted.sum());
            assertThat(wrong.sum()).isZero();
            assertThat(timedOut.sum() > 0).isEqualTo(stopped == Stopped.ALL_TOO_LONG);
            assertThat(pool.stats().total().deaths()).isZero();
            assertThat(pool.stats().total().inFlight()).isZero();
            System.out.printf(
                    "%,d s, %d submitters, %,d KiB more memory; %,d requests, %,d answered, %,d timed out, 0 lost; "
                            + "%,d answered and %,d offers refused meanwhile%n",
                    stopNanos / 1_000_000_000,
                    SUBMITTERS,
                    Math.max(0, most - before),
                    submitted.sum(),
                    answered.sum(),
                    timedOut.sum(),
                    meanwhile,
                    refused);
        }

        /** Whether something that has to happen while they are stopped hasn't happened yet, on a busy machine. */
        private boolean isToCome(long answeredBefore) {
            return switch (stopped) {
                case ALL -> false;
                case ONE -> answered.sum() == answeredBefore;
                case ALL_TOO_LONG -> timedOut.sum() == 0;
            };
        }

        private void check(long refused, long meanwhile, long growthKib) {
            assertThat(growthKib).isLessThan(MAX_GROWTH_KIB);
            if (stopped == Stopped.ALL) {
                assertThat(refused).isPositive();
                assertThat(meanwhile).isZero();
            } else if (stopped == Stopped.ONE) {
                assertThat(meanwhile).isPositive();
            }
        }

        /** And when all are stopped, not one more request fits. */
        private boolean isStill(List<Slot> still) throws Exception {
            for (Slot slot : still) {
                Incarnation incarnation = slot.incarnation();
                if (stopped != Stopped.ALL_TOO_LONG
                        && (incarnation == null
                                || ProcFs.state(incarnation.pid()).orElse('Z') != 'T'
                                || slot.hasUnread()
                                || slot.isConsumed()
                                || stopped == Stopped.ALL && Requests.unanswered(pool) < MOST)) {
                    return false;
                }
            }
            return true;
        }

        private static void signal(List<Slot> slots, Signal signal) {
            for (Slot slot : slots) {
                Incarnation incarnation = slot.incarnation();
                if (incarnation != null) {
                    incarnation.child().ring(signal);
                }
            }
        }

        private List<Thread> startSubmitters() {
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < SUBMITTERS; i++) {
                Thread thread = new Thread(this::submitUntilOver, "submitter-" + i);
                thread.setDaemon(true);
                thread.start();
                threads.add(thread);
            }
            return threads;
        }

        private void submitUntilOver() {
            for (long i = 0; !over; i++) {
                byte[] request = new byte[SIZE];
                Arrays.fill(request, (byte) i);
                submitted.increment();
                CompletableFuture<byte[]> reply = pool.submit(request);
                reply.whenComplete((bytes, failure) -> {
                    if (failure instanceof RequestTimeoutException) {
                        timedOut.increment();
                    } else {
                        wrong.add(failure == null && Arrays.equals(bytes, request) ? 0 : 1);
                        answered.increment();
                    }
                });
            }
        }

        private static long residentKib() throws Exception {
            return ProcFs.kib(Path.of("/proc/self/status"), "VmRSS");
        }
    }
}
