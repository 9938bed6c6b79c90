package io.github.belfry.proofs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.Stdio;
import io.github.belfry.WorkerPool;
import io.github.belfry.WorkerProcess;
import io.github.belfry.internal.sys.NamelessCopy;
import io.github.belfry.internal.sys.Native;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.OwnThread;
import io.github.belfry.support.Proof;
import io.github.belfry.support.Requests;
import io.github.belfry.support.Seed;
import io.github.belfry.support.TestPrograms;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.commons.io.IOUtils;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Masters are killed at any moment of their incarnations, and neither a process nor a file is left. The program
 * {@code orphans} kills each and inherits all processes that outlive it, so it misses none. A master that is killed
 * between two system calls of its start may leave the name of an empty file; see {@link NamelessCopy}.
 */
@Tag(Proof.TAG)
class NoOrphansTest {
    private static final int KILLS = Proof.times(12, 500);
    private static final int AT_ONCE = 2;
    private static final long SECOND_MICROS = 1_000_000;
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");
    private static final Pattern REPORT =
            Pattern.compile("after (\\S+): (\\d+) orphans, the last ended (\\d+) us later\n");

    @TempDir
    private Path temp;

    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger names = new AtomicInteger();
    private final TreeMap<String, Integer> phases = new TreeMap<>();
    private int orphans;
    private long longestMicros;

    @Test
    void aKilledMasterLeavesNothingBehind() throws Exception {
        List<Path> shared = filesIn(SHARED_MEMORY, "belfry");
        SplittableRandom random = Seed.random(NoOrphansTest.class);
        List<CompletableFuture<Void>> killers = new ArrayList<>();
        for (int i = 0; i < AT_ONCE; i++) {
            SplittableRandom own = random.split();
            killers.add(CompletableFuture.runAsync(() -> killAll(own), OwnThread.PER_TASK));
        }
        for (CompletableFuture<Void> killer : killers) {
            killer.get();
        }
        assertThat(filesIn(SHARED_MEMORY, "belfry")).isEqualTo(shared);
        assertThat(orphans).isPositive();
        assertThat(longestMicros).isLessThan(SECOND_MICROS);
        Proof.counted(
                "no orphans",
                "%,d masters killed, their last line %s: %,d orphans, the last gone %.1f ms after its master; 0 files,"
                        + " %d empty names that the next master removed",
                KILLS,
                phases,
                orphans,
                longestMicros / 1e3,
                names.get());
    }

    private void killAll(SplittableRandom random) {
        try {
            for (int number = next.getAndIncrement(); number < KILLS; number = next.getAndIncrement()) {
                // In turn: while the VM comes up; from its main on, twice as often; with all workers there.
                String mark = List.of("-", "main", "main", "pools").get(number % 4);
                kill(mark, random.nextInt(200_000), Files.createDirectory(temp.resolve("master" + number)));
            }
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private void kill(String mark, int micros, Path directory) throws Exception {
        Matcher report = run(mark, micros, directory);
        count(report.group(1), Integer.parseInt(report.group(2)), Long.parseLong(report.group(3)));
        List<Path> left = filesIn(directory, "");
        if (!left.isEmpty()) {
            assertThat(left)
                    .as("%s: %s", report.group(), left)
                    .singleElement(InstanceOfAssertFactories.PATH)
                    .isEmptyFile();
            names.incrementAndGet();
            run("natives", 0, directory);
            assertThat(directory).isEmptyDirectory();
        }
    }

    private static Matcher run(String mark, int micros, Path directory) throws Exception {
        Process process = OtherVm.java(MasterMain.class)
                .prepend(TestPrograms.path("orphans"), mark, Integer.toString(micros))
                .option("-Djava.io.tmpdir=" + directory)
                .option("-Duser.home=" + directory)
                .option("-Xmx64m")
                .builder()
                .start();
        process.getOutputStream().close();
        String output = IOUtils.toString(process.getInputStream(), StandardCharsets.UTF_8);
        Matcher report = REPORT.matcher(output);
        assertThat(process.waitFor()).as(output).isZero();
        assertThat(report.matches()).as(output).isTrue();
        return report;
    }

    private synchronized void count(String phase, int orphans, long micros) {
        phases.merge(phase, 1, Integer::sum);
        this.orphans += orphans;
        longestMicros = Math.max(longestMicros, micros);
    }

    private static List<Path> filesIn(Path directory, String part) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().contains(part)).sorted().toList();
        }
    }

    /** Starts workers of all kinds, which start others, until it is killed. Prints how far it is. */
    static final class MasterMain {
        public static void main(String[] args) throws Exception {
            System.out.println("main");
            Native.pageSize();
            System.out.println("natives");
            WorkerProcess.command("sleep", "600").start();
            WorkerProcess.command("sleep", "600").processGroup(true).start();
            // May outlive its master; cat ends by itself when its input has no writer.
            WorkerProcess.command("cat").dieWithParent(false).stdin(Stdio.PIPE).start();
            System.out.println("processes");
            List<WorkerPool> pools = new ArrayList<>();
            pools.add(Requests.poolWorker().workers(8).start());
            pools.add(Requests.poolWorker()
                    .workers(4)
                    .process(process -> process.dieWithParent(false))
                    .start());
            pools.add(Requests.crash().workers(1).start());
            pools.add(WorkerPool.bundled("echo").workers(1).start());
            System.out.println("pools");
            for (int round = 0; ; round++) {
                for (WorkerPool pool : pools) {
                    for (int i = 0; i < 20; i++) {
                        pool.submit(Requests.bytes("x"));
                    }
                    pool.call(Requests.bytes(round < 10 ? "run" : "x"));
                    pool.call(Requests.bytes(round < 10 ? "fork" : "x"));
                }
                if (round == 0) {
                    System.out.println("traffic");
                }
            }
        }
    }
}
