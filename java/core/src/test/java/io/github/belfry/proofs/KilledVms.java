package io.github.belfry.proofs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.support.OtherVm;
import io.github.belfry.support.OwnThread;
import io.github.belfry.support.TestPrograms;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.io.IOUtils;

/**
 * VMs that are killed, and what outlives them. The program {@code orphans} kills each and inherits all processes that are
 * left, so it misses none.
 */
final class KilledVms {
    private static final int AT_ONCE = 2;
    private static final long SECOND_MICROS = 1_000_000;
    private static final Pattern REPORT =
            Pattern.compile("after (\\S+): (\\d+) orphans, the last ended (\\d+) us later\n");

    private final AtomicInteger next = new AtomicInteger();
    private final TreeMap<String, Integer> phases = new TreeMap<>();
    private int orphans;
    private long longestMicros;

    /** Kills one VM or more. */
    interface Kill {
        void kill(int number, SplittableRandom random) throws Exception;
    }

    /** So many, by threads of its own. */
    void killAll(int kills, SplittableRandom random, Kill kill) throws Exception {
        List<CompletableFuture<Void>> killers = new ArrayList<>();
        for (int i = 0; i < AT_ONCE; i++) {
            SplittableRandom own = random.split();
            killers.add(CompletableFuture.runAsync(() -> killUntil(kills, own, kill), OwnThread.PER_TASK));
        }
        for (CompletableFuture<Void> killer : killers) {
            killer.get();
        }
    }

    private void killUntil(int kills, SplittableRandom random, Kill kill) {
        try {
            for (int number = next.getAndIncrement(); number < kills; number = next.getAndIncrement()) {
                kill.kill(number, random);
            }
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /**
     * Starts a VM and kills it.
     *
     * @param mark the line after which it is killed; "-": after none
     * @param micros how long after that
     * @return what was left
     */
    static Matcher kill(OtherVm vm, String mark, int micros) throws Exception {
        Process process = vm.prepend(TestPrograms.path("orphans"), mark, Integer.toString(micros))
                .builder()
                .start();
        process.getOutputStream().close();
        String output = IOUtils.toString(process.getInputStream(), StandardCharsets.UTF_8);
        Matcher report = REPORT.matcher(output);
        assertThat(process.waitFor()).as(output).isZero();
        assertThat(report.matches()).as(output).isTrue();
        return report;
    }

    synchronized void count(Matcher report) {
        phases.merge(report.group(1), 1, Integer::sum);
        orphans += Integer.parseInt(report.group(2));
        longestMicros = Math.max(longestMicros, Long.parseLong(report.group(3)));
    }

    /** There were some, and the last had gone within a second. */
    void check() {
        assertThat(orphans).isPositive();
        assertThat(longestMicros).isLessThan(SECOND_MICROS);
    }

    /** How many were killed after which line of theirs. */
    TreeMap<String, Integer> phases() {
        return phases;
    }

    int orphans() {
        return orphans;
    }

    double longestMillis() {
        return longestMicros / 1e3;
    }
}
