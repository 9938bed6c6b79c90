package io.github.belfry.proofs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.Signal;
import io.github.belfry.Stdio;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerPool;
import io.github.belfry.WorkerProcess;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.OwnThread;
import io.github.belfry.support.PidNamespace;
import io.github.belfry.support.Proof;
import io.github.belfry.support.Requests;
import io.github.belfry.support.TestPrograms;
import java.io.BufferedReader;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Workers are started in a storm of SIGUSR1 that hits each from the moment at which the kernel knows it, and none dies.
 * In a VM of its own, which ignores that signal, alone with its workers in a pid namespace.
 */
@Tag(Proof.TAG)
class StartStormTest {
    private static final int PROCESSES = Proof.times(150, 5_000);
    private static final int POOLS = Proof.times(15, 500);
    private static final int POOL_WORKERS = 10;
    private static final int UNPROTECTED = 20;
    private static final int THREADS = 4;
    private static final Pattern REPORT =
            Pattern.compile("(\\d+) started, (\\d+) deaths, (\\d+) rings; unprotected: (\\d+) deaths\n");

    @Test
    void noWorkerDiesInAStormOfSignals() throws Exception {
        String output = OtherVm.run(OtherVm.java(StormedMain.class)
                .prepend(PidNamespace.command())
                .prepend(TestPrograms.path("storm"))
                .argument(Integer.toString(PROCESSES))
                .argument(Integer.toString(POOLS)));
        Matcher report = REPORT.matcher(output);
        assertThat(report.matches()).as(output).isTrue();
        int started = Integer.parseInt(report.group(1));
        assertThat(started).isEqualTo(PROCESSES + POOLS * POOL_WORKERS);
        assertThat(report.group(2)).as("deaths").isEqualTo("0");
        assertThat(Integer.parseInt(report.group(4)))
                .as("deaths without the hold")
                .isPositive();
        Proof.counted(
                "start-up",
                "%,d starts in a storm of SIGUSR1 (%,d processes, %,d workers of pools): 0 deaths; without the hold %s"
                        + " of %d die",
                started,
                PROCESSES,
                POOLS * POOL_WORKERS,
                report.group(4),
                UNPROTECTED);
    }

    static final class StormedMain {
        public static void main(String[] args) throws Exception {
            int processes = Integer.parseInt(args[0]);
            int pools = Integer.parseInt(args[1]);
            List<CompletableFuture<Tally>> threads = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                int number = i;
                threads.add(CompletableFuture.supplyAsync(
                        () -> start(share(processes, number), share(pools, number)), OwnThread.PER_TASK));
            }
            Tally all = new Tally();
            for (CompletableFuture<Tally> thread : threads) {
                all.add(thread.get());
            }
            int unprotected = 0;
            // And more if the storm paused meanwhile.
            for (int i = 0; i < UNPROTECTED || unprotected == 0 && i < 1000 * UNPROTECTED; i++) {
                unprotected += diesUnprotected() ? 1 : 0;
            }
            System.out.printf(
                    "%d started, %d deaths, %d rings; unprotected: %d deaths%n",
                    all.started, all.deaths, all.rings, unprotected);
        }

        private static int share(int count, int thread) {
            return count / THREADS + (thread < count % THREADS ? 1 : 0);
        }

        private static Tally start(int processes, int pools) {
            Tally tally = new Tally();
            try {
                for (int i = 0; i < processes; i++) {
                    startProcess(tally);
                }
                for (int i = 0; i < pools; i++) {
                    startPool(tally);
                }
            } catch (Exception e) {
                throw new AssertionError(e);
            }
            return tally;
        }

        /** The worker reaches its main, takes the signal, and ends when it is asked to. */
        private static void startProcess(Tally tally) throws Exception {
            try (WorkerProcess worker = WorkerProcess.bundled("test_signal_recv")
                    .blockSignals(Signal.USR1, Signal.INT) // INT may be ignored here, as in a script's background
                    .stdout(Stdio.PIPE)
                    .start()) {
                tally.started++;
                BufferedReader reader = TestPrograms.reader(worker);
                String line = TestPrograms.nextReport(reader);
                if ("get signal".equals(line)) {
                    worker.signal(Signal.INT);
                }
                tally.rings += 1 + reader.lines().count();
                tally.deaths += worker.waitFor().equals(new WorkerExit.Exited(0)) ? 0 : 1;
            }
        }

        /** Unless the program itself blocks the signal in time. */
        private static boolean diesUnprotected() throws Exception {
            try (WorkerProcess worker =
                    WorkerProcess.bundled("test_signal_recv").stdout(Stdio.PIPE).start()) {
                TestPrograms.reader(worker).readLine();
                worker.close();
                return worker.waitFor().equals(new WorkerExit.Signaled(Signal.USR1, false));
            }
        }

        private static void startPool(Tally tally) throws Exception {
            try (WorkerPool pool =
                    WorkerPool.bundled("upper").workers(POOL_WORKERS).start()) {
                tally.started += POOL_WORKERS;
                List<CompletableFuture<byte[]>> replies = new ArrayList<>();
                for (int i = 0; i < POOL_WORKERS; i++) {
                    replies.add(Requests.send(pool, "x"));
                }
                for (CompletableFuture<byte[]> reply : replies) {
                    assertThat(Requests.result(reply)).isEqualTo("X");
                }
                tally.deaths += pool.stats().total().deaths();
            }
        }
    }

    private static final class Tally {
        private int started;
        private long deaths;
        private long rings;

        void add(Tally other) {
            started += other.started;
            deaths += other.deaths;
            rings += other.rings;
        }
    }
}
