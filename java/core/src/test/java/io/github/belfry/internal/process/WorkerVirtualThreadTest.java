package io.github.belfry.internal.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.Signal;
import io.github.belfry.Stdio;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerProcess;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.ProcFs;
import io.github.belfry.support.VirtualThread;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * Virtual threads that block in a worker's methods leave their carrier to others. In a VM that has one carrier: a
 * thread that held it would stop all of them.
 */
class WorkerVirtualThreadTest {
    @Test
    void theyHoldNoThreadOfTheKernels() throws Exception {
        VirtualThread.assumeThere();
        OtherVm.run(OtherVm.java(OneCarrierMain.class)
                .option("-Djdk.virtualThreadScheduler.parallelism=1")
                .option("-Djdk.virtualThreadScheduler.maxPoolSize=1"));
    }

    static final class OneCarrierMain {
        public static void main(String[] args) throws Exception {
            List<CompletableFuture<?>> blocked = new ArrayList<>();
            try (WorkerProcess cat = worker("cat");
                    WorkerProcess deaf = worker("sleep", "600");
                    WorkerProcess closed = worker("sleep", "600")) {
                for (int i = 0; i < 3; i++) {
                    blocked.add(inVirtualThread(() -> assertThat(cat.stdout().read()).isEqualTo('x')));
                    blocked.add(inVirtualThread(cat::waitFor));
                    blocked.add(inVirtualThread(() -> assertThat(cat.waitFor(Duration.ofDays(1))).isPresent()));
                }
                CompletableFuture<?> writer = inVirtualThread(() -> deaf.stdin().write(new byte[1 << 20]));
                CompletableFuture<?> closer = inVirtualThread(closed::close);
                for (int i = 0; i < 100; i++) {
                    inVirtualThread(() -> {}).get(30, TimeUnit.SECONDS);
                }
                assertThat(blocked).noneMatch(CompletableFuture::isDone);
                assertThat(writer).isNotDone();
                assertThat(closer).isNotDone();

                deaf.stdin().close();
                assertThat(writer.handle((nothing, failure) -> failure).get())
                        .hasRootCauseInstanceOf(IOException.class);
                closed.signal(Signal.KILL);
                closer.get(30, TimeUnit.SECONDS);
                cat.stdin().write("xxx".getBytes());
                cat.stdin().close();
                for (CompletableFuture<?> each : blocked) {
                    each.get(30, TimeUnit.SECONDS);
                }
                assertThat(cat.waitFor()).isEqualTo(new WorkerExit.Exited(0));
                deaf.signal(Signal.KILL);
            }
            assertThat(ProcFs.children()).isEmpty();
        }

        private static WorkerProcess worker(String... command) throws IOException {
            return WorkerProcess.command(command)
                    .stdin(Stdio.PIPE)
                    .stdout(Stdio.PIPE)
                    .closeGrace(Duration.ofSeconds(30))
                    .start();
        }

        private interface Task {
            void run() throws Exception;
        }

        private static CompletableFuture<Void> inVirtualThread(Task task) {
            return CompletableFuture.runAsync(
                    () -> {
                        try {
                            task.run();
                        } catch (Exception e) {
                            throw new IllegalStateException(e);
                        }
                    },
                    VirtualThread.PER_TASK);
        }
    }
}
