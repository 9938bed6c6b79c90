package io.github.belfry.proofs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.Inside;
import io.github.belfry.WorkerPool;
import io.github.belfry.internal.pool.Slot;
import io.github.belfry.support.Await;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.ProcFs;
import io.github.belfry.support.Proof;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A pool that has nothing to do does nothing, but for the safety nets: each worker, and the thread that reads replies,
 * looks once a second.
 */
@Tag(Proof.TAG)
class IdlePoolTest {
    /** Of the time that passes. A look takes a worker some 20 microseconds; polling takes a hundred times as much. */
    private static final double MOST = 0.001;

    /** In a VM of its own, because the tests use this one's processor time. */
    @Test
    void anIdlePoolUsesNoProcessorTime() throws Exception {
        int workers = Proof.times(20, 100);
        int millis = Proof.times(3_000, 10_000);
        String output =
                OtherVm.run(OtherVm.java(IdleMain.class).argument(workers + "").argument(millis + ""));
        System.out.print(output);
        // The time in which the host has taken a processor away counts as that of the thread which it was taken from.
        long stolen = field(output, "microseconds stolen by the host");
        assertThat(field(output, "microseconds of the busiest worker") - stolen)
                .isLessThan((long) (millis * 1000L * MOST));
        assertThat(field(output, "microseconds of the pool's threads") - stolen)
                .isLessThan((long) (2 * millis * 1000L * MOST));
        assertThat(field(output, "rescues")).isZero();
        Proof.counted(
                "idle",
                "%,d workers for %,d s: %,d ms of a processor for all of them, %,d ms for the pool's threads",
                workers,
                millis / 1000,
                field(output, "microseconds of all workers") / 1000,
                field(output, "microseconds of the pool's threads") / 1000);
    }

    private static long field(String output, String name) {
        return output.lines()
                .filter(line -> line.startsWith(name + ": "))
                .mapToLong(line -> Long.parseLong(line.substring(name.length() + 2)))
                .findFirst()
                .orElseThrow();
    }

    static final class IdleMain {
        private static final int MESSAGES = 20_000;
        private static final String POOL_THREADS = "belfry-";
        private static final long MICROS_IN_JIFFY = 10_000;

        public static void main(String[] args) throws Exception {
            int workers = Integer.parseInt(args[0]);
            long millis = Long.parseLong(args[1]);
            try (WorkerPool pool = WorkerPool.bundled("echo").workers(workers).start()) {
                printMemory("idle", pool);
                work(pool);
                printMemory("after use", pool);
                List<Long> pids = pool.pids();
                List<Used> before = new ArrayList<>();
                for (long pid : pids) {
                    before.add(Used.by(pid));
                }
                Used master = Used.by(ProcessHandle.current().pid());
                long threads = ofPoolsThreads();
                long stolen = stolenMicros();
                Thread.sleep(millis); // in which nothing is to happen
                System.out.println("microseconds of the pool's threads: " + (ofPoolsThreads() - threads) / 1000);
                System.out.println("jiffies of the master: "
                        + (Used.by(ProcessHandle.current().pid()).jiffies - master.jiffies));
                printUsed(pids, before);
                System.out.println("microseconds stolen by the host: " + (stolenMicros() - stolen));
                System.out.println("rescues: " + pool.stats().total().rescues());
            }
        }

        /** From all processors, see proc_stat(5). */
        private static long stolenMicros() throws Exception {
            String[] all = Files.readAllLines(Path.of("/proc/stat")).get(0).split(" +");
            return Long.parseLong(all[8]) * MICROS_IN_JIFFY;
        }

        private static void printUsed(List<Long> pids, List<Used> before) throws Exception {
            long jiffies = 0;
            long nanos = 0;
            long most = 0;
            for (int i = 0; i < pids.size(); i++) {
                Used now = Used.by(pids.get(i));
                jiffies += now.jiffies - before.get(i).jiffies;
                nanos += now.nanos - before.get(i).nanos;
                most = Math.max(most, now.nanos - before.get(i).nanos);
            }
            System.out.println("jiffies of all workers: " + jiffies);
            System.out.println("microseconds of all workers: " + nanos / 1000);
            System.out.println("microseconds of the busiest worker: " + most / 1000);
        }

        /** Each worker gets some requests, and then all workers and threads fall asleep. */
        private static void work(WorkerPool pool) throws Exception {
            List<CompletableFuture<byte[]>> futures = new ArrayList<>();
            for (int i = 0; i < MESSAGES; i++) {
                futures.add(pool.submit(new byte[100]));
            }
            futures.forEach(CompletableFuture::join);
            for (Slot slot : Inside.of(pool).slots()) {
                Await.until("a worker sleeps", () -> slot.incarnation().ringer().isAsleep());
            }
            for (Path thread : ProcFs.threads(POOL_THREADS)) {
                Await.until(
                        "a thread of the pool sleeps",
                        () -> ProcFs.field(thread.resolve("status"), "State")
                                .orElseThrow()
                                .startsWith("S"));
            }
        }

        static long ofPoolsThreads() throws IOException {
            long nanos = 0;
            for (Path thread : ProcFs.threads(POOL_THREADS)) {
                nanos += Used.nanos(thread);
            }
            return nanos;
        }

        private static void printMemory(String when, WorkerPool pool) throws Exception {
            long pss = 0;
            long rss = 0;
            for (long pid : pool.pids()) {
                Path memory = Path.of("/proc/" + pid + "/smaps_rollup");
                pss += ProcFs.kib(memory, "Pss");
                rss += ProcFs.kib(memory, "Rss");
            }
            int workers = pool.pids().size();
            System.out.println("KiB per worker, " + when + ": Pss " + pss / workers + ", Rss " + rss / workers);
        }
    }

    /** What a process has used. The kernel samples jiffies, and counts nanoseconds exactly. */
    record Used(long jiffies, long nanos) {
        /** utime and stime, fields 14 and 15 of proc_pid_stat(5), after a field 2 with spaces; and its first thread. */
        static Used by(long pid) throws IOException {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return new Used(
                    Long.parseLong(fields[14 - 3]) + Long.parseLong(fields[15 - 3]), nanos(Path.of("/proc/" + pid)));
        }

        static long nanos(Path thread) throws IOException {
            return Long.parseLong(Files.readString(thread.resolve("schedstat")).split(" ")[0]);
        }
    }
}
