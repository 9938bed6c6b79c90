package io.github.belfry.internal.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.Stdio;
import io.github.belfry.WorkerProcess;
import io.github.belfry.support.Await;
import io.github.belfry.support.Leftovers;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.ProcFs;
import io.github.belfry.support.TestPrograms;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What becomes of workers when the VM ends. */
public class MasterEndTest {
    private static final int WORKERS = 20;

    @Test
    void noWorkerOutlivesAKilledMaster() throws Exception {
        killMaster(OtherVm.java(MasterMain.class).argument("wait"));
    }

    /** The keeper, or the warden, of the first of its workers has ended, and these have another one. */
    @Test
    void noWorkerOfASecondKeeperOutlivesAKilledMaster() throws Exception {
        killMaster(OtherVm.java(MasterMain.class).argument("wait").argument("second"));
    }

    private static void killMaster(OtherVm vm) throws Exception {
        Process master = vm.builder().start();
        List<Long> pids = OtherVm.readPids(master.inputReader(), WORKERS);
        for (long pid : pids) {
            assertThat(ProcFs.isRunning(pid)).isTrue();
        }
        master.destroyForcibly().waitFor();
        Await.until(() -> "all ended: " + pids, () -> !ProcFs.anyRuns(pids));
    }

    @Test
    void noWorkerOutlivesAMasterThatReturns() throws Exception {
        Process master =
                OtherVm.java(MasterMain.class).argument("return").builder().start();
        List<Long> pids = OtherVm.readPids(master.inputReader(), WORKERS);
        assertThat(master.waitFor()).isZero();
        Await.until(() -> "all ended: " + pids, () -> !ProcFs.anyRuns(pids));
    }

    /** The death signal of prctl(2) would belong to the thread that started it. */
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
            assertThat(ProcFs.isRunning(worker.pid())).isTrue();
        }
    }

    static final class MasterMain {
        public static void main(String[] args) throws Exception {
            if (args.length > 1) {
                IdleTime.set(IdleTime.SHORT);
                TestPrograms.run("true");
                Await.until(
                        "the threads of the first start have ended",
                        () -> Leftovers.poolThreads().isEmpty());
            }
            for (int i = 0; i < WORKERS; i++) {
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
