package io.github.belfry.proofs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.Inside;
import io.github.belfry.PoolUnavailableException;
import io.github.belfry.Signal;
import io.github.belfry.WorkerPool;
import io.github.belfry.internal.pool.Slot;
import io.github.belfry.support.Await;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.Proof;
import io.github.belfry.support.Requests;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Workers that can't start any more: they are tried seldom, and cost next to nothing. */
@Tag(Proof.TAG)
class RestartStormTest {
    private static final int WORKERS = 2;
    private static final int DEATHS = 5;
    private static final long FIRST_PAUSE_NANOS = 100_000_000;

    private static final long MAX_THOUSANDTHS = 10;

    /** An idle VM takes 3 to 7 by itself. */
    private static final long MAX_ABOVE_IDLE = 7;

    @TempDir
    private Path directory;

    /** In a VM of its own, for the processor time. */
    @Test
    void aWorkerThatAlwaysFailsAtStartIsTriedSeldom() throws Exception {
        int millis = Proof.times(700, 120_000);
        int trial = Proof.times(300, 30_000);
        String output = OtherVm.run(OtherVm.java(Main.class)
                .argument(directory.resolve("file").toString())
                .argument(Integer.toString(millis))
                .argument(Integer.toString(trial)));
        long starts = field(output, "starts");
        long most = field(output, "most starts");
        // The ends that are asked for don't count.
        assertThat(starts).isBetween(WORKERS * DEATHS - 1L, most);
        long pool = field(output, "thousandths of a processor, pool");
        long vm = field(output, "thousandths of a processor, VM");
        long idle = field(output, "thousandths of a processor, VM before");
        if (Proof.isWhole()) {
            assertThat(pool).isLessThan(MAX_THOUSANDTHS);
            assertThat(vm - idle).isLessThan(MAX_ABOVE_IDLE);
        }
        Proof.counted(
                "restart storm",
                "%d s with workers that fail at start: %d starts of at most %d, %,d requests refused, "
                        + "%.1f %% of a processor in the pool's threads, %.1f %% in the VM, which idle takes %.1f %%; "
                        + "recovered by a trial",
                millis / 1000,
                starts,
                most,
                field(output, "refused"),
                pool / 10.0,
                vm / 10.0,
                idle / 10.0);
    }

    private static long field(String output, String name) {
        return output.lines()
                .filter(line -> line.startsWith(name + ": "))
                .mapToLong(line -> Long.parseLong(line.substring(name.length() + 2)))
                .findFirst()
                .orElseThrow(() -> new AssertionError(output));
    }

    static final class Main {
        private static final String SCRIPT = "test -e $0 && exec \"$1\"; echo start >> $0.starts; exit 9";
        private static final long PAUSE_NANOS = 100_000_000;
        private static final long NANOS_IN_JIFFY = 10_000_000;

        public static void main(String[] args) throws Exception {
            Path file = Files.createFile(Path.of(args[0]));
            Path starts = Path.of(args[0] + ".starts");
            long nanos = Long.parseLong(args[1]) * 1_000_000;
            Duration trial = Duration.ofMillis(Long.parseLong(args[2]));
            try (WorkerPool pool = Requests.script(SCRIPT, file)
                    .workers(WORKERS)
                    .breaker(DEATHS, trial)
                    .start()) {
                Requests.ask(pool, "x");
                System.out.println("thousandths of a processor, VM before: " + idle(nanos / 4));
                Files.delete(file);
                long brokenAt = System.nanoTime();
                AtomicLong closedAt = new AtomicLong(brokenAt);
                pool.signalAll(Signal.KILL);
                // The back-off until then is bounded as well, but requests wait meanwhile.
                Await.until("the breaker is open", () -> isOpen(pool, closedAt));
                long start = System.nanoTime();
                long used = ofVm();
                long usedByPool = IdlePoolTest.IdleMain.ofPoolsThreads();
                long refused = 0;
                while (System.nanoTime() - start < nanos) {
                    if (!isRefused(pool)) {
                        throw new AssertionError("accepted");
                    }
                    refused++;
                    LockSupport.parkNanos(PAUSE_NANOS);
                }
                long passed = System.nanoTime() - start;
                System.out.println("thousandths of a processor, pool: "
                        + 1000 * (IdlePoolTest.IdleMain.ofPoolsThreads() - usedByPool) / passed);
                System.out.println("thousandths of a processor, VM: " + thousandths(used, passed));
                System.out.println("refused: " + refused);
                System.out.println("starts: " + Files.readAllLines(starts).size());
                long trials = (System.nanoTime() - closedAt.get()) / trial.toNanos();
                System.out.println("most starts: " + (mostBeforeTheBreaker(start - brokenAt) + trials));
                Files.createFile(file);
                recover(pool, trial);
            }
        }

        /** What a VM of this kind takes that does nothing, in thousandths of a processor. */
        private static long idle(long nanos) throws Exception {
            long start = System.nanoTime();
            long used = ofVm();
            while (System.nanoTime() - start < nanos) {
                LockSupport.parkNanos(PAUSE_NANOS);
            }
            return thousandths(used, System.nanoTime() - start);
        }

        /** Since {@link #ofVm} was {@code before}, so many nanoseconds ago. */
        private static long thousandths(long before, long passed) throws Exception {
            return 1000 * NANOS_IN_JIFFY * (ofVm() - before) / passed;
        }

        /**
         * While it is closed, which is so long. The last slot that dies often enough opens it; the others may have gone
         * on by then: they pause before each start but the first, twice as long each time.
         */
        private static int mostBeforeTheBreaker(long nanos) {
            int starts = DEATHS;
            while (FIRST_PAUSE_NANOS * ((1L << starts) - 1) <= nanos) {
                starts++;
            }
            return DEATHS + (WORKERS - 1) * starts;
        }

        private static void recover(WorkerPool pool, Duration trial) throws Exception {
            long start = System.nanoTime();
            while (isRefused(pool)) {
                if (System.nanoTime() - start > trial.toNanos() + 30_000_000_000L) {
                    throw new AssertionError("no recovery by a trial");
                }
                LockSupport.parkNanos(PAUSE_NANOS);
            }
            Await.until("all are back", () -> Inside.of(pool).slots().stream().allMatch(Slot::isServing));
            for (int i = 0; i < 100; i++) {
                assertThat(Requests.ask(pool, "x")).isEqualTo("type 0 attempt 1 size 1");
            }
        }

        /** A request that waits while the breaker is still closed dies with the others that do. */
        private static boolean isRefused(WorkerPool pool) throws Exception {
            CompletableFuture<byte[]> future = Requests.send(pool, "x");
            return future.isCompletedExceptionally()
                    && Requests.failure(RuntimeException.class, future) instanceof PoolUnavailableException;
        }

        /**
         * Notes when the breaker was still closed, also when this thread is stopped for long afterwards. By the
         * statistics: requests are refused a moment later, and the time until the first trial runs from the opening.
         */
        private static boolean isOpen(WorkerPool pool, AtomicLong closedAt) throws Exception {
            long now = System.nanoTime();
            if (!pool.stats().breakerOpen()) {
                closedAt.set(now);
            }
            return isRefused(pool);
        }

        private static long ofVm() throws IOException {
            return IdlePoolTest.Used.by(ProcessHandle.current().pid()).jiffies();
        }
    }
}
