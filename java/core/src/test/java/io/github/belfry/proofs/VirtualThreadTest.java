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
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two virtual threads wait for pipes on two processors; a third one sleeps a millisecond at a time, and counts. */
@Tag(Proof.TAG)
class VirtualThreadTest {
    /** A thread that is blocked comes to none; on a busy machine others come to fewer. */
    private static final int LEAST = Proof.times(100, 700);

    @Test
    void readersHoldNoProcessor() throws Exception {
        VirtualThread.assumeThere();
        String ticks = OtherVm.run(OtherVm.java(TickMain.class)
                        .option("-Djdk.virtualThreadScheduler.parallelism=2")
                        .option("-Djdk.virtualThreadScheduler.maxPoolSize=2")
                        .argument(Integer.toString(Proof.times(1, 10))))
                .trim();
        assertThat(Integer.parseInt(ticks)).isGreaterThanOrEqualTo(LEAST);
        Proof.counted(
                "virtual threads",
                "%s ticks of 1 ms in a second (the least of %d) of a thread beside two that read from pipes",
                ticks,
                Proof.times(1, 10));
    }

    static final class TickMain {
        public static void main(String[] args) throws Exception {
            int least = Integer.MAX_VALUE;
            for (int round = 0; round < Integer.parseInt(args[0]); round++) {
                least = Math.min(least, ticks());
            }
            System.out.println(least);
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
