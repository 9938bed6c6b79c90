package io.github.belfry.proofs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.Stdio;
import io.github.belfry.WorkerPool;
import io.github.belfry.WorkerProcess;
import io.github.belfry.internal.sys.NamelessCopy;
import io.github.belfry.internal.sys.Native;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.Proof;
import io.github.belfry.support.Requests;
import io.github.belfry.support.Seed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.stream.Stream;
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
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");

    @TempDir
    private Path temp;

    private final AtomicInteger names = new AtomicInteger();
    private final KilledVms vms = new KilledVms();

    @Test
    void aKilledMasterLeavesNothingBehind() throws Exception {
        List<Path> shared = filesIn(SHARED_MEMORY, "belfry");
        vms.killAll(KILLS, Seed.random(NoOrphansTest.class), (number, random) -> {
            // In turn: while the VM comes up; from its main on, twice as often; with all workers there.
            String mark = List.of("-", "main", "main", "pools").get(number % 4);
            kill(mark, random.nextInt(200_000), Files.createDirectory(temp.resolve("master" + number)));
        });
        assertThat(filesIn(SHARED_MEMORY, "belfry")).isEqualTo(shared);
        vms.check();
        Proof.counted(
                "no orphans",
                "%,d masters killed, their last line %s: %,d orphans, the last gone %.1f ms after its master; 0 files,"
                        + " %d empty names that the next master removed",
                KILLS,
                vms.phases(),
                vms.orphans(),
                vms.longestMillis(),
                names.get());
    }

    private void kill(String mark, int micros, Path directory) throws Exception {
        Matcher report = run(mark, micros, directory);
        vms.count(report);
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
        OtherVm vm = OtherVm.java(MasterMain.class)
                .option("-Djava.io.tmpdir=" + directory)
                .option("-Duser.home=" + directory)
                .option("-Xmx64m");
        return KilledVms.kill(vm, mark, micros);
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
