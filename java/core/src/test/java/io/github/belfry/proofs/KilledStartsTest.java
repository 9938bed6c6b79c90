package io.github.belfry.proofs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.Stdio;
import io.github.belfry.WorkerProcess;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.OwnThread;
import io.github.belfry.support.Proof;
import io.github.belfry.support.Seed;
import io.github.belfry.support.TestPrograms;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.io.IOUtils;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A VM is killed while eight of its threads start and end programs, some of which fork, beside a child of another
 * library that never calls execve and so holds a copy of the keeper's socket for a while. The program {@code orphans}
 * kills it and inherits all that outlive it.
 */
@Tag(Proof.TAG)
class KilledStartsTest {
    private static final int KILLS = Proof.times(8, 500);
    private static final int AT_ONCE = 2;
    private static final long SECOND_MICROS = 1_000_000;
    private static final Pattern REPORT =
            Pattern.compile("after (\\S+): (\\d+) orphans, the last ended (\\d+) us later\n");

    private final AtomicInteger next = new AtomicInteger();
    private final TreeMap<String, Integer> phases = new TreeMap<>();
    private int orphans;
    private long longestMicros;

    @Test
    void whatEightThreadsStartEndsWithTheVm() throws Exception {
        SplittableRandom random = Seed.random(KilledStartsTest.class);
        List<CompletableFuture<Void>> killers = new ArrayList<>();
        for (int i = 0; i < AT_ONCE; i++) {
            SplittableRandom own = random.split();
            killers.add(CompletableFuture.runAsync(() -> killAll(own), OwnThread.PER_TASK));
        }
        for (CompletableFuture<Void> killer : killers) {
            killer.get();
        }
        assertThat(orphans).isPositive();
        assertThat(longestMicros).isLessThan(SECOND_MICROS);
        Proof.counted(
                "killed starts",
                "%,d VMs killed amid the starts of 8 threads, their last line %s: %,d orphans, the last gone %.1f ms"
                        + " after its VM",
                KILLS,
                phases,
                orphans,
                longestMicros / 1e3);
    }

    private void killAll(SplittableRandom random) {
        try {
            for (int number = next.getAndIncrement(); number < KILLS; number = next.getAndIncrement()) {
                kill(number % 2 == 0 ? "first" : "forked", random.nextInt(200_000), random.nextLong());
            }
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private void kill(String mark, int micros, long seed) throws Exception {
        Process process = OtherVm.java(StartsMain.class)
                .prepend(TestPrograms.path("orphans"), mark, Integer.toString(micros))
                .argument(Long.toString(seed))
                .builder()
                .start();
        process.getOutputStream().close();
        String output = IOUtils.toString(process.getInputStream(), StandardCharsets.UTF_8);
        Matcher report = REPORT.matcher(output);
        assertThat(process.waitFor()).as(output).isZero();
        assertThat(report.matches()).as(output).isTrue();
        count(report.group(1), Integer.parseInt(report.group(2)), Long.parseLong(report.group(3)));
    }

    private synchronized void count(String phase, int more, long micros) {
        phases.merge(phase, 1, Integer::sum);
        orphans += more;
        longestMicros = Math.max(longestMicros, micros);
    }

    static final class StartsMain {
        private static final int THREADS = 8;
        private static final int EACH = 5;
        private static final List<String> GROUPS = List.of(
                "sleep 600 & wait",
                "sleep 600; true",
                "(sleep 600 &); sleep 600; true",
                "sh -c 'sleep 600; true' & wait");

        public static void main(String[] args) throws Exception {
            SplittableRandom random = new SplittableRandom(Long.parseLong(args[0]));
            for (int i = 0; i < THREADS; i++) {
                SplittableRandom own = random.split();
                OwnThread.PER_TASK.execute(() -> startAndEnd(own));
            }
            Thread.sleep(random.nextInt(100));
            System.load(TestPrograms.path("fork_child.so"));
            System.out.println("forked");
            Thread.sleep(Long.MAX_VALUE);
        }

        private static void startAndEnd(SplittableRandom random) {
            Deque<WorkerProcess> running = new ArrayDeque<>();
            try {
                for (boolean first = true; ; first = false) {
                    running.add(builder(random)
                            .stdout(Stdio.NULL)
                            .stderr(Stdio.NULL)
                            .start());
                    if (first) {
                        System.out.println("first");
                    }
                    if (running.size() > EACH) {
                        running.remove().close();
                    }
                }
            } catch (Exception e) {
                e.printStackTrace();
                System.exit(1);
            }
        }

        private static WorkerProcess.Builder builder(SplittableRandom random) {
            return switch (random.nextInt(3)) {
                case 0 -> WorkerProcess.command("sleep", "600");
                case 1 -> WorkerProcess.bundled("test_signal_recv");
                default -> WorkerProcess.command("sh", "-c", GROUPS.get(random.nextInt(GROUPS.size())))
                        .processGroup(true);
            };
        }
    }
}
