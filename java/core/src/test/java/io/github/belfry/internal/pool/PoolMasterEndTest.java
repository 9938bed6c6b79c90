package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.Signal;
import io.github.belfry.WorkerPool;
import io.github.belfry.support.Await;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.ProcFs;
import io.github.belfry.support.Requests;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of a pool's workers when their VM ends, or gets the signal of a Ctrl+C. */
class PoolMasterEndTest {
    private static final int WORKERS = 3;

    @TempDir
    private Path directory;

    /** With the death signal and the lifeline, and with the lifeline alone. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void noWorkerNorItsChildrenOutliveAKilledMaster(boolean dieWithParent) throws Exception {
        Process master = OtherVm.java(ForkingMain.class)
                .argument(Boolean.toString(dieWithParent))
                .builder()
                .start();
        List<Long> pids = OtherVm.readPids(master.inputReader(), 2 * WORKERS);
        for (long pid : pids) {
            assertThat(ProcFs.isRunning(pid)).isTrue();
        }
        master.destroyForcibly().waitFor();
        Await.until(() -> "all ended: " + pids, () -> !ProcFs.anyRuns(pids));
    }

    static final class ForkingMain {
        public static void main(String[] args) throws Exception {
            WorkerPool pool = Requests.crash()
                    .workers(WORKERS)
                    .process(builder -> builder.dieWithParent(Boolean.parseBoolean(args[0])))
                    .start();
            List<Long> pids = pool.pids();
            for (long pid : pids) {
                Requests.stop(pid);
            }
            // The least loaded worker gets the next request, so each gets one.
            List<CompletableFuture<byte[]>> forks = new ArrayList<>();
            for (int i = 0; i < WORKERS; i++) {
                forks.add(Requests.send(pool, "fork"));
            }
            for (long pid : pids) {
                Requests.signal(pid, Signal.CONT);
            }
            for (CompletableFuture<byte[]> fork : forks) {
                System.out.println(Requests.result(fork));
            }
            pool.pids().forEach(System.out::println);
            Thread.sleep(Long.MAX_VALUE);
        }
    }

    /** Without one of them the death of the master doesn't end the worker at once. */
    @ParameterizedTest
    @ValueSource(strings = {"lifeline", "group"})
    void aWorkerWithoutItsLifelineOrGroupEndsWithTheMaster(String what) throws Exception {
        Process master =
                OtherVm.java(EscapingMain.class).argument(what).builder().start();
        List<Long> pids = OtherVm.readPids(master.inputReader(), 1);
        master.destroyForcibly().waitFor();
        Await.until(() -> "all ended: " + pids, () -> !ProcFs.anyRuns(pids));
    }

    static final class EscapingMain {
        public static void main(String[] args) throws Exception {
            WorkerPool pool = Requests.poolWorker().start();
            Requests.ask(pool, "escape " + args[0]);
            pool.pids().forEach(System.out::println);
            Thread.sleep(Long.MAX_VALUE);
        }
    }

    /** The terminal sends it to the foreground group; the workers are in groups of their own. */
    @Test
    void ctrlCReachesEachWorkerOnceAndEndsAll() throws Exception {
        Process master = master("exec env --default-signal=INT \"$@\"");
        List<Long> pids = OtherVm.readPids(master.inputReader(), WORKERS);
        awaitHeard(WORKERS, "1");
        Requests.signal(-master.pid(), Signal.INT);
        master.waitFor();
        Await.until(() -> "all ended: " + pids, () -> !ProcFs.anyRuns(pids));
        for (int i = 0; i < WORKERS; i++) {
            assertThat(directory.resolve("heard" + i)).hasContent("1\nINT");
        }
    }

    /** As a shell does with a job in the background. */
    @Test
    void aMasterThatIgnoresCtrlCPassesNoneOnAndTermStillEndsAll() throws Exception {
        Process master = master("trap '' INT; exec \"$@\"");
        List<Long> pids = OtherVm.readPids(master.inputReader(), WORKERS);
        awaitHeard(WORKERS, "1");
        Requests.signal(-master.pid(), Signal.INT);
        for (long pid : pids) {
            assertThat(ProcFs.isRunning(pid)).isTrue();
        }
        assertThat(master.isAlive()).isTrue();
        for (int i = 0; i < WORKERS; i++) {
            assertThat(directory.resolve("heard" + i)).hasContent("1");
        }
        Requests.signal(master.pid(), Signal.TERM);
        master.waitFor();
        Await.until(() -> "all ended: " + pids, () -> !ProcFs.anyRuns(pids));
        for (int i = 0; i < WORKERS; i++) {
            assertThat(directory.resolve("heard" + i)).as("the one of the stop").hasContent("1\nINT");
        }
    }

    private Process master(String prepare) throws IOException {
        return OtherVm.java(DeafMain.class)
                .prepend("setsid", "sh", "-c", prepare, "sh")
                .argument(directory.toString())
                .builder()
                .start();
    }

    private void awaitHeard(int count, String what) throws Exception {
        for (int i = 0; i < count; i++) {
            Path heard = directory.resolve("heard" + i);
            Await.until(
                    () -> heard + " has " + what,
                    () -> Files.exists(heard) && Files.readString(heard).equals(what + "\n"));
        }
    }

    /** Each worker has a request in hand that takes note of each signal, and never ends by itself. */
    static final class DeafMain {
        public static void main(String[] args) throws Exception {
            WorkerPool pool = Requests.poolWorker()
                    .workers(WORKERS)
                    .closeGrace(Duration.ofSeconds(1))
                    .start();
            for (int i = 0; i < WORKERS; i++) {
                Requests.send(pool, "deaf " + args[0] + "/heard" + i);
            }
            pool.pids().forEach(System.out::println);
            Thread.sleep(Long.MAX_VALUE);
        }
    }
}
