package io.github.belfry.proofs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.Stdio;
import io.github.belfry.WorkerProcess;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.Proof;
import io.github.belfry.support.VirtualThread;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two virtual threads wait for pipes on two processors; a third one sleeps a millisecond at a time, and counts. */
@Tag(Proof.TAG)
@Tag("virtual-threads")
class VirtualThreadTest {
    private static final int ROUNDS = Proof.times(3, 10);

    @Test
    void readersHoldNoProcessor() throws Exception {
        VirtualThread.assumeThere();
        String output = OtherVm.run(OtherVm.java(TickMain.class)
                .option("-Djdk.virtualThreadScheduler.parallelism=2")
                .option("-Djdk.virtualThreadScheduler.maxPoolSize=2")
                .argument(Integer.toString(ROUNDS)));
        IntSummaryStatistics ticks = output.lines().mapToInt(Integer::parseInt).summaryStatistics();
        // One that gets no processor comes to a few. On a machine that is busy otherwise one round may be like that.
        assertThat(ticks.getMax()).isGreaterThanOrEqualTo(100);
        if (Proof.isWhole()) {
            assertThat(ticks.getMin()).isGreaterThanOrEqualTo(700);
        }
        Proof.counted(
                "virtual threads",
                "%d ticks of 1 ms in a second (the least of %d) of a thread beside two that read from pipes",
                ticks.getMin(),
                ticks.getCount());
    }

    static final class TickMain {
        public static void main(String[] args) throws Exception {
            for (int round = 0; round < Integer.parseInt(args[0]); round++) {
                System.out.println(ticks());
            }
        }

        private static int ticks() throws Exception {
            List<CompletableFuture<Integer>> readers = new ArrayList<>();
            try (WorkerProcess one = sleeper();
                    WorkerProcess two = sleeper()) {
                for (WorkerProcess sleeper : List.of(one, two)) {
                    readers.add(CompletableFuture.supplyAsync(() -> read(sleeper), VirtualThread.PER_TASK));
                }
                CompletableFuture<Void> read = CompletableFuture.allOf(readers.toArray(CompletableFuture<?>[]::new));
                int ticks = CompletableFuture.supplyAsync(() -> ticksUntil(read), VirtualThread.PER_TASK)
                        .get();
                assertThat(readers).allMatch(reader -> reader.join() == -1);
                return ticks;
            }
        }

        private static WorkerProcess sleeper() throws IOException {
            return WorkerProcess.command("sleep", "1").stdout(Stdio.PIPE).start();
        }

        private static int read(WorkerProcess sleeper) {
            try {
                return sleeper.stdout().read();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static int ticksUntil(CompletableFuture<Void> end) {
            int ticks = 0;
            try {
                for (; !end.isDone(); ticks++) {
                    Thread.sleep(1);
                }
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            return ticks;
        }
    }
}
