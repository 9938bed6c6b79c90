package io.github.belfry.internal.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerProcess;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.OwnThread;
import io.github.belfry.support.Proof;
import io.github.belfry.support.Seed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Processes are started at about the moment when the keeper or the warden, and the reaper, end. Each start is carried
 * out, and each process lives until its own end: a warden that ended too early would take it along.
 */
@Tag("once")
class WardenStormTest {
    private static final int STARTS = Proof.times(1_000, 20_000);

    @Test
    void startsBesideEndingWardens() throws Exception {
        run(OtherVm.java(StormMain.class).prepend(WardenTest.WITHOUT_KEEPER).argument("wardens"));
    }

    @Test
    void startsBesideEndingKeepers() throws Exception {
        run(OtherVm.java(StormMain.class).argument("keepers"));
    }

    private static void run(OtherVm vm) throws Exception {
        String output = OtherVm.run(vm.argument(Integer.toString(STARTS)));
        System.out.print(output);
        assertThat(output).contains("all exited");
    }

    static final class StormMain {
        private static final int THREADS = 2;
        private static final Duration IDLE = Duration.ofNanos(300_000);

        /** About as long as the idle time and the way of an end from the process to the warden. */
        private static final int MAX_PAUSE_NANOS = 3_000_000;

        private static final Set<Object> STARTERS = ConcurrentHashMap.newKeySet();

        public static void main(String[] args) throws Exception {
            IdleTime.set(IDLE);
            int starts = Integer.parseInt(args[1]);
            SplittableRandom random = Seed.random(WardenStormTest.class);
            List<CompletableFuture<Void>> starters = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                SplittableRandom own = random.split();
                starters.add(CompletableFuture.runAsync(() -> start(starts / THREADS, own), OwnThread.PER_TASK));
            }
            for (CompletableFuture<Void> starter : starters) {
                starter.get(1, TimeUnit.MINUTES);
            }
            System.out.println(starts + " processes of " + STARTERS.size() + " " + args[0] + ": all exited");
            assertThat(STARTERS).hasSizeGreaterThan(starts / 100);
        }

        private static void start(int starts, SplittableRandom random) {
            try {
                for (int i = 0; i < starts; i++) {
                    LockSupport.parkNanos(random.nextInt(MAX_PAUSE_NANOS));
                    String seconds = random.nextBoolean() ? "0" : "0.00" + random.nextInt(5);
                    WorkerProcess process =
                            WorkerProcess.command("sleep", seconds).start();
                    Object starter = Child.canHavePidfd() ? Keeper.running() : Warden.running();
                    assertThat(process.waitFor()).isEqualTo(new WorkerExit.Exited(0));
                    if (starter != null) {
                        STARTERS.add(starter);
                    }
                }
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
    }
}
