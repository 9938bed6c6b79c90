package io.github.belfry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A pool that has nothing to do does nothing. */
class IdlePoolTest {
    private static final int CLOCK_JIFFIES = 2;

    /** Of the soak: the promised hundred workers for ten seconds; otherwise a few. */
    private static boolean isLong() {
        return Traffic.soakMessages() >= 1_000_000;
    }

    /** In a VM of its own, because in this one the tests run. It measures itself with the pool and without. */
    @Test
    void anIdlePoolUsesNoProcessorTime() throws Exception {
        String output = OtherVm.run(
                OtherVm.java(IdleMain.class).argument(isLong() ? "100" : "20").argument(isLong() ? "10000" : "3000"));
        System.out.print(output);
        assertThat(field(output, "jiffies of all workers")).isZero();
        assertThat(field(output, "jiffies of the master with a pool"))
                .isLessThanOrEqualTo(field(output, "jiffies of the master without") + CLOCK_JIFFIES);
        assertThat(field(output, "rescues")).isZero();
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

        public static void main(String[] args) throws Exception {
            int workers = Integer.parseInt(args[0]);
            long millis = Long.parseLong(args[1]);
            long without;
            long with;
            try (WorkerPool pool = WorkerPool.bundled("echo").workers(workers).start()) {
                memory("idle", pool);
                work(pool);
                memory("after use", pool);
                List<Long> before = jiffies(pool.pids());
                long master = jiffies("self");
                Thread.sleep(millis); // what is waited for is that nothing happens
                with = jiffies("self") - master;
                List<Long> after = jiffies(pool.pids());
                long all = 0;
                for (int i = 0; i < workers; i++) {
                    all += after.get(i) - before.get(i);
                }
                System.out.println("jiffies of all workers: " + all);
                System.out.println("rescues: " + pool.stats().total().rescues());
            }
            long master = jiffies("self");
            Thread.sleep(millis);
            without = jiffies("self") - master;
            System.out.println("jiffies of the master with a pool: " + with);
            System.out.println("jiffies of the master without: " + without);
        }

        /** Every worker gets some, and then the compilers have nothing left to do either. */
        private static void work(WorkerPool pool) throws Exception {
            List<CompletableFuture<byte[]>> futures = new ArrayList<>();
            for (int i = 0; i < MESSAGES; i++) {
                futures.add(pool.submit(new byte[100]));
            }
            futures.forEach(CompletableFuture::join);
            long before = -1;
            for (long now = jiffies("self"); now != before; now = jiffies("self")) {
                before = now;
                Thread.sleep(500);
            }
        }

        private static List<Long> jiffies(List<Long> pids) throws Exception {
            List<Long> jiffies = new ArrayList<>();
            for (long pid : pids) {
                jiffies.add(jiffies(Long.toString(pid)));
            }
            return jiffies;
        }

        /** utime and stime, fields 14 and 15 of proc_pid_stat(5); the name, field 2, may have spaces. */
        private static long jiffies(String pid) throws Exception {
            String stat = Files.readString(Path.of("/proc", pid, "stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return Long.parseLong(fields[14 - 3]) + Long.parseLong(fields[15 - 3]);
        }

        private static void memory(String when, WorkerPool pool) throws Exception {
            long pss = 0;
            long rss = 0;
            for (long pid : pool.pids()) {
                for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/smaps_rollup"))) {
                    String[] words = line.split(" +");
                    pss += words[0].equals("Pss:") ? Long.parseLong(words[1]) : 0;
                    rss += words[0].equals("Rss:") ? Long.parseLong(words[1]) : 0;
                }
            }
            int workers = pool.pids().size();
            System.out.println("KiB per worker, " + when + ": Pss " + pss / workers + ", Rss " + rss / workers);
        }
    }
}
