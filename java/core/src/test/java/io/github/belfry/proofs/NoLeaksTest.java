package io.github.belfry.proofs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.SharedMapping;
import io.github.belfry.WorkerDiedException;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerPool;
import io.github.belfry.support.Await;
import io.github.belfry.support.Leftovers;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.OwnThread;
import io.github.belfry.support.ProcFs;
import io.github.belfry.support.Proof;
import io.github.belfry.support.Requests;
import io.github.belfry.support.TestPrograms;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many deaths, restarts and mappings, beside other users of processes and of SIGCHLD: afterwards all is as before. In a
 * VM of its own, in which a library has SIGCHLD ignored, first before the first start and then while a pool runs.
 */
@Tag(Proof.TAG)
class NoLeaksTest {
    private static final int DEATHS = Proof.times(300, 10_000);
    private static final int MAPPINGS = Proof.times(500, 10_000);
    private static final int IGNORED_DEATHS = Proof.times(20, 1_000);

    @TempDir
    Path temp;

    @Test
    void deathsRestartsAndMappingsLeaveNothing() throws Exception {
        String output = OtherVm.run(OtherVm.java(LeaksMain.class)
                .option("-Djava.io.tmpdir=" + temp)
                .argument(String.valueOf(DEATHS))
                .argument(String.valueOf(MAPPINGS))
                .argument(String.valueOf(IGNORED_DEATHS)));
        assertThat(output).contains("as before");
        assertThat(temp).isEmptyDirectory();
        String neighbours = output.lines()
                .filter(line -> line.startsWith("neighbours "))
                .findFirst()
                .orElseThrow();
        Proof.counted(
                "leaks",
                "%,d deaths and restarts (and %,d with SIGCHLD ignored meanwhile), %,d mappings, %s processes of"
                        + " ProcessBuilder beside them: descriptors, mappings, threads, processes and files as before",
                DEATHS,
                IGNORED_DEATHS,
                MAPPINGS,
                neighbours.substring(neighbours.indexOf(' ') + 1));
    }

    static final class LeaksMain {
        private static final int WORKERS = 4;
        private static final int NEIGHBOURS = 8;
        private static final long NEIGHBOUR_PAUSE_NANOS = 20_000_000;
        private static final int WARM_UP = 20;

        private static final Queue<Long> GRANDCHILDREN = new ConcurrentLinkedQueue<>();
        private static final AtomicInteger STARTED = new AtomicInteger();

        public static void main(String[] args) throws Exception {
            TestPrograms.ignoreChildren();
            check(TestPrograms.ignoresChildren(), "the library has no effect");
            check(TestPrograms.run("sh", "-c", "exit 3").equals(new WorkerExit.Exited(3)), "an exit status is lost");
            check(!TestPrograms.ignoresChildren(), "SIGCHLD is still ignored");
            Leftovers closed = Leftovers.before(pool());
            try (WorkerPool pool = pool().start()) {
                run(pool, WARM_UP, WARM_UP, WorkerExit.Signaled.class);
                Census before = Census.take();
                run(pool, Integer.parseInt(args[0]), Integer.parseInt(args[1]), WorkerExit.Signaled.class);
                before.awaitAgain();

                TestPrograms.ignoreChildren();
                check(TestPrograms.ignoresChildren(), "the library has no effect");
                run(pool, Integer.parseInt(args[2]), WARM_UP, WorkerExit.Lost.class);
                before.awaitAgain();
                check(pool.stats().total().rescues() == 0, "rescues");
            }
            closed.awaitAgain();
            System.out.println("neighbours " + STARTED);
            System.out.println("as before");
            System.exit(0);
        }

        private static void check(boolean holds, String what) {
            if (!holds) {
                throw new AssertionError(what);
            }
        }

        private static WorkerPool.Builder pool() {
            return Requests.crash()
                    .name("leaks")
                    .workers(WORKERS)
                    .ringBytes(64 << 10)
                    .maxAttempts(1);
        }

        /** Causes the deaths and makes the mappings, beside the neighbours; then waits until all workers run. */
        private static void run(WorkerPool pool, int deaths, int mappings, Class<? extends WorkerExit> how)
                throws Exception {
            AtomicBoolean done = new AtomicBoolean();
            List<CompletableFuture<Void>> neighbours = new ArrayList<>();
            List<CompletableFuture<Void>> ours = new ArrayList<>();
            try {
                for (int i = 0; i < NEIGHBOURS; i++) {
                    neighbours.add(inThread(() -> runNeighbours(done)));
                }
                for (int i = 0; i < WORKERS; i++) {
                    ours.add(inThread(() -> kill(pool, deaths / WORKERS, how)));
                }
                ours.add(inThread(() -> map(mappings)));
                for (CompletableFuture<Void> our : ours) {
                    our.get(10, TimeUnit.MINUTES);
                }
            } finally {
                done.set(true);
            }
            for (CompletableFuture<Void> neighbour : neighbours) {
                neighbour.get(1, TimeUnit.MINUTES);
            }
            Await.until("all workers run", () -> pool.pids().size() == WORKERS);
            for (long grandchild : GRANDCHILDREN) {
                Await.until("a grandchild is gone", () -> !ProcFs.isRunning(grandchild));
            }
            GRANDCHILDREN.clear();
        }

        private interface Task {
            void run() throws Exception;
        }

        private static CompletableFuture<Void> inThread(Task task) {
            return CompletableFuture.runAsync(
                    () -> {
                        try {
                            task.run();
                        } catch (Exception e) {
                            throw new AssertionError(e);
                        }
                    },
                    OwnThread.PER_TASK);
        }

        private static void kill(WorkerPool pool, int deaths, Class<? extends WorkerExit> how) throws Exception {
            for (int i = 0; i < deaths; i++) {
                if (i % 20 == 0) {
                    GRANDCHILDREN.add(Long.parseLong(Requests.ask(pool, "fork")));
                }
                WorkerDiedException death =
                        Requests.failure(WorkerDiedException.class, Requests.send(pool, "signal KILL"));
                check(how.isInstance(death.exit()), death.toString());
            }
        }

        /** Some are used, and some of their buffers outlive them. */
        private static void map(int mappings) throws IOException {
            File file = File.createTempFile("mapped", "");
            List<ByteBuffer> held = new ArrayList<>();
            for (int i = 0; i < mappings; i++) {
                try (SharedMapping mapping = i % 4 == 0
                        ? SharedMapping.create(file.toPath(), 8192)
                        : SharedMapping.anonymous("leaks-mapping", 64 << 10)) {
                    if (i % 2 == 0) {
                        held.add(mapping.buffer().put(0, (byte) 1));
                    }
                }
                if (held.size() == 100) {
                    held.clear();
                }
            }
            Files.delete(file.toPath());
        }

        private static void runNeighbours(AtomicBoolean done) throws Exception {
            while (!done.get()) {
                Process process = new ProcessBuilder("echo", "out").start();
                try (BufferedReader reader = process.inputReader()) {
                    check("out".equals(reader.readLine()), "a neighbour's output is lost");
                }
                process.waitFor();
                LockSupport.parkNanos(NEIGHBOUR_PAUSE_NANOS); // to leave processor time for the rest
                STARTED.incrementAndGet();
            }
        }
    }

    /** What a VM with a pool has: names without the numbers that differ from incarnation to incarnation. */
    private record Census(List<String> descriptors, int ours, int maps, int children, List<String> threads) {
        private static final int SLACK = 50;

        static Census take() throws IOException {
            List<String> maps = ProcFs.maps();
            return new Census(
                    ProcFs.descriptors().stream()
                            .map(target -> target.replaceAll("[0-9]+", "N"))
                            .sorted()
                            .toList(),
                    (int) maps.stream().filter(line -> line.contains("/memfd:")).count(),
                    maps.size(),
                    ProcFs.children().size(),
                    Leftovers.poolThreads());
        }

        /** Except for some maps that the VM has made for itself. */
        private boolean isAgain() throws IOException {
            System.gc();
            Census now = take();
            return now.maps < maps + SLACK
                    && now.equals(new Census(descriptors, ours, now.maps, children, threads))
                    && filesOfTemp().length == 0;
        }

        private static String[] filesOfTemp() {
            return new File(System.getProperty("java.io.tmpdir")).list();
        }

        void awaitAgain() throws Exception {
            Await.until(
                    () -> {
                        try {
                            return this + "\nas before, not\n" + take() + "\n" + Arrays.toString(filesOfTemp());
                        } catch (IOException e) {
                            return e.toString();
                        }
                    },
                    this::isAgain);
        }
    }
}
