package io.github.belfry.proofs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.Signal;
import io.github.belfry.WorkerPool;
import io.github.belfry.support.Await;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.OwnThread;
import io.github.belfry.support.ProcFs;
import io.github.belfry.support.Proof;
import io.github.belfry.support.Requests;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ctrl+C, typed on a terminal of its own into a master in its foreground. */
@Tag(Proof.TAG)
class CtrlCTest {
    private static final int RUNS = Proof.times(4, 200);
    private static final int AT_ONCE = 2;
    /** One master in so many ignores SIGINT, as one does that a script starts with {@code &}. */
    private static final int IGNORING = 4;

    private static final int WORKERS = 3;
    private static final int CTRL_C = 3;
    private static final Duration GRACE = Duration.ofSeconds(1);

    @TempDir
    private Path temp;

    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger ignored = new AtomicInteger();

    @Test
    void eachWorkerGetsOneSigintOrNoneWhereItIsIgnored() throws Exception {
        List<CompletableFuture<Void>> typists = new ArrayList<>();
        for (int i = 0; i < AT_ONCE; i++) {
            typists.add(CompletableFuture.runAsync(this::typeAll, OwnThread.PER_TASK));
        }
        for (CompletableFuture<Void> typist : typists) {
            typist.get();
        }
        int taken = RUNS - ignored.get();
        Proof.counted(
                "Ctrl+C",
                "%,d runs on a terminal of their own, %,d workers got one SIGINT each; %,d that ignore it, %,d workers"
                        + " got none, and TERM stopped all",
                RUNS,
                taken * WORKERS,
                ignored.get(),
                ignored.get() * WORKERS);
    }

    private void typeAll() {
        try {
            for (int run = next.getAndIncrement(); run < RUNS; run = next.getAndIncrement()) {
                Path directory = Files.createDirectory(temp.resolve("run" + run));
                if (run % IGNORING == 0) {
                    typeToOneThatIgnoresIt(directory);
                    ignored.incrementAndGet();
                } else {
                    type(directory);
                }
            }
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static void type(Path directory) throws Exception {
        Process terminal = terminal("exec env --default-signal=INT", directory);
        try {
            List<Long> pids = pids(terminal.inputReader());
            press(terminal);
            assertThat(terminal.waitFor(60, TimeUnit.SECONDS)).isTrue();
            awaitEnd(pids);
            assertHeard(directory, "1\nINT\n");
        } finally {
            terminal.destroyForcibly();
        }
    }

    private static void typeToOneThatIgnoresIt(Path directory) throws Exception {
        Process terminal = terminal("trap '' INT; exec", directory);
        try {
            BufferedReader output = terminal.inputReader();
            List<Long> pids = pids(output);
            press(terminal);
            // The terminal echoes it once it has sent the signal; the answer after it comes from the master.
            terminal.getOutputStream().write('\n');
            terminal.getOutputStream().flush();
            String line = output.readLine();
            assertThat(line).isEqualTo("^C");
            assertThat(output.readLine()).isEqualTo("still here");
            assertHeard(directory, "1\n");
            Requests.signal(pids.get(0), Signal.TERM);
            assertThat(terminal.waitFor(60, TimeUnit.SECONDS)).isTrue();
            awaitEnd(pids);
            assertHeard(directory, "1\nINT\n");
        } finally {
            terminal.destroyForcibly();
        }
    }

    private static Process terminal(String prepare, Path directory) throws IOException {
        List<String> master = OtherVm.java(MasterMain.class)
                .argument(directory.toString())
                .builder()
                .command();
        StringBuilder shell = new StringBuilder(prepare);
        master.forEach(word -> shell.append(" '").append(word).append('\''));
        ProcessBuilder builder = new ProcessBuilder(
                "script", "--quiet", "--return", "--flush", "--command", shell.toString(), "/dev/null");
        builder.environment().put("SHELL", "/bin/sh");
        return builder.redirectErrorStream(true).start();
    }

    private static void press(Process terminal) throws IOException {
        terminal.getOutputStream().write(CTRL_C);
        terminal.getOutputStream().flush();
    }

    /** Of the master and its workers, printed when the workers have their requests in hand. */
    private static List<Long> pids(BufferedReader output) throws IOException {
        return OtherVm.readPids(output, 1 + WORKERS);
    }

    private static void awaitEnd(List<Long> pids) throws Exception {
        for (long pid : pids) {
            Await.until(() -> "ended: " + pid, () -> !ProcFs.isRunning(pid));
        }
    }

    private static void assertHeard(Path directory, String content) throws IOException {
        for (int i = 0; i < WORKERS; i++) {
            assertThat(Files.readString(directory.resolve("heard" + i)))
                    .as("worker %d in %s", i, directory)
                    .isEqualTo(content);
        }
    }

    /** Each worker has a request in hand that takes note of each signal, and never ends by itself. */
    static final class MasterMain {
        public static void main(String[] args) throws Exception {
            WorkerPool pool =
                    Requests.poolWorker().workers(WORKERS).closeGrace(GRACE).start();
            for (int i = 0; i < WORKERS; i++) {
                Path heard = Path.of(args[0], "heard" + i);
                Requests.send(pool, "deaf " + heard);
                Await.until(() -> "in hand: " + heard, () -> Files.exists(heard) && Files.size(heard) == 2);
            }
            System.out.println(ProcessHandle.current().pid());
            pool.pids().forEach(System.out::println);
            while (System.in.read() >= 0) {
                System.out.println("still here");
            }
            Thread.sleep(Long.MAX_VALUE);
        }
    }
}
