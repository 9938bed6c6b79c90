package io.github.belfry.internal.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.Stdio;
import io.github.belfry.WorkerProcess;
import io.github.belfry.support.Await;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.ProcFs;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What becomes of workers when the VM ends. */
public class MasterEndTest {
    private static List<Long> pidsFrom(Process master, int workers) throws IOException {
        BufferedReader reader = master.inputReader();
        List<Long> pids = new ArrayList<>();
        for (int i = 0; i < workers; i++) {
            pids.add(Long.valueOf(reader.readLine()));
        }
        return pids;
    }

    @Test
    void noWorkerOutlivesAKilledMaster() throws Exception {
        Process master =
                OtherVm.java(MasterMain.class).argument("wait").builder().start();
        List<Long> pids = pidsFrom(master, 20);
        assertThat(pids).allMatch(MasterEndTest::isRunning);
        master.destroyForcibly().waitFor();
        Await.until(() -> "all ended: " + pids, () -> pids.stream().noneMatch(MasterEndTest::isRunning));
    }

    @Test
    void noWorkerOutlivesAMasterThatReturns() throws Exception {
        Process master =
                OtherVm.java(MasterMain.class).argument("return").builder().start();
        List<Long> pids = pidsFrom(master, 20);
        assertThat(master.waitFor()).isZero();
        Await.until(() -> "all ended: " + pids, () -> pids.stream().noneMatch(MasterEndTest::isRunning));
    }

    /** The death signal belongs to the thread that started the worker, so that thread may not be the caller. */
    @Test
    void aWorkerOutlivesTheThreadThatStartedIt() throws Exception {
        List<WorkerProcess> started = new ArrayList<>();
        Thread starter = new Thread(() -> {
            try {
                started.add(WorkerProcess.command("sleep", "600").start());
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        starter.start();
        starter.join();
        try (WorkerProcess worker = started.get(0);
                WorkerProcess later = WorkerProcess.command("true").start()) {
            later.waitFor();
            assertThat(worker.isAlive()).isTrue();
            assertThat(isRunning(worker.pid())).isTrue();
        }
    }

    private static boolean isRunning(long pid) {
        try {
            return ProcFs.isRunning(pid);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    static final class MasterMain {
        public static void main(String[] args) throws Exception {
            for (int i = 0; i < 20; i++) {
                System.out.println(WorkerProcess.command("sleep", "600")
                        .stdout(Stdio.NULL)
                        .stderr(Stdio.NULL)
                        .start()
                        .pid());
            }
            System.out.flush();
            if (args[0].equals("wait")) {
                Thread.sleep(Long.MAX_VALUE);
            }
        }
    }
}
