package io.github.belfry.proofs;


import io.github.belfry.Stdio;
import io.github.belfry.WorkerProcess;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.OwnThread;
import io.github.belfry.support.Proof;
import io.github.belfry.support.Seed;
import io.github.belfry.support.TestPrograms;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A VM is killed while eight of its threads start and end programs, some of which fork, beside a child of another
 * library that never calls execve and so holds a copy of the keeper's socket for a while. The program {@code orphans}
 * kills it and inherits all that outlive it.
 */
@Tag(Proof.TAG)
class KilledStartsTest {
    private static final int KILLS = Proof.times(8, 500);

    @Test
    void whatEightThreadsStartEndsWithTheVm() throws Exception {
        KilledVms vms = new KilledVms();
        vms.killAll(KILLS, Seed.random(KilledStartsTest.class), (number, random) -> {
            String mark = number % 2 == 0 ? "first" : "forked";
            int micros = random.nextInt(200_000);
            OtherVm vm = OtherVm.java(StartsMain.class).argument(Long.toString(random.nextLong()));
            vms.count(KilledVms.kill(vm, mark, micros));
        });
        vms.check();
        Proof.counted(
                "killed starts",
                "%,d VMs killed amid the starts of 8 threads, their last line %s: %,d orphans, the last gone %.1f ms"
                        + " after its VM",
                KILLS,
                vms.phases(),
                vms.orphans(),
                vms.longestMillis());
    }

    static final class StartsMain {
        private static final int THREADS = 8;
        private static final int EACH = 5;
        private static final List<String> GROUPS = List.of(
                "sleep 600 & wait",
                "sleep 600; true",
                "(sleep 600 &); sleep 600; true",
                "sh -c 'sleep 600; true' & wait");

        public static void main(String[] args) throws Exception {
            SplittableRandom random = new SplittableRandom(Long.parseLong(args[0]));
            for (int i = 0; i < THREADS; i++) {
                SplittableRandom own = random.split();
                OwnThread.PER_TASK.execute(() -> startAndEnd(own));
            }
            Thread.sleep(random.nextInt(100));
            System.load(TestPrograms.path("fork_child.so"));
            System.out.println("forked");
            Thread.sleep(Long.MAX_VALUE);
        }

        private static void startAndEnd(SplittableRandom random) {
            Deque<WorkerProcess> running = new ArrayDeque<>();
            try {
                for (boolean first = true; ; first = false) {
                    running.add(builder(random)
                            .stdout(Stdio.NULL)
                            .stderr(Stdio.NULL)
                            .start());
                    if (first) {
                        System.out.println("first");
                    }
                    if (running.size() > EACH) {
                        running.remove().close();
                    }
                }
            } catch (Exception e) {
                e.printStackTrace();
                System.exit(1);
            }
        }

        private static WorkerProcess.Builder builder(SplittableRandom random) {
            return switch (random.nextInt(3)) {
                case 0 -> WorkerProcess.command("sleep", "600");
                case 1 -> WorkerProcess.bundled("test_signal_recv");
                default -> WorkerProcess.command("sh", "-c", GROUPS.get(random.nextInt(GROUPS.size())))
                        .processGroup(true);
            };
        }
    }
}
