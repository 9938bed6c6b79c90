package io.github.belfry.proofs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.SharedMapping;
import io.github.belfry.WorkerPool;
import io.github.belfry.WorkerProcess;
import io.github.belfry.internal.process.BundledWorkerTest;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.ProcFs;
import io.github.belfry.support.Proof;
import io.github.belfry.support.TestPrograms;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Where memfds, or their seals, are refused: pools and anonymous mappings, which aren't safe without them, say so and
 * fail, and bundled programs run. See {@link BundledWorkerTest} for the file that a program then runs from.
 */
@Tag(Proof.TAG)
class WithoutSealsTest {
    @Test
    void memoryIsRefusedInOneLineAndProgramsRun() throws Exception {
        int refusals = 0;
        List<String> errnos = List.of("1 EPERM", "38 ENOSYS", "22 EINVAL");
        for (String errno : errnos.subList(0, Proof.times(1, errnos.size()))) {
            for (String call : List.of("memfd_create", "F_ADD_SEALS")) {
                String[] number = errno.split(" ");
                List<String> lines = OtherVm.run(
                                OtherVm.java(RefusedMain.class).prepend(TestPrograms.path("refuse"), number[0], call))
                        .lines()
                        .toList();
                String meaning = call.equals("memfd_create") ? "without it there is no memory" : "unsealed memory";
                assertThat(lines).hasSize(4);
                assertThat(lines.subList(0, 2))
                        .allMatch(line -> line.matches("(pool|mapping): (fcntl )?" + call + " \\S+: " + number[1]
                                + ", [^:]+: " + meaning + ".*"));
                assertThat(lines.subList(2, 4)).containsExactly("program: runs", "nothing is left");
                refusals += 2;
            }
        }
        Proof.counted(
                "without memfds or seals",
                "%d of %d pools and anonymous mappings refused with the reason, and every bundled program ran",
                refusals,
                refusals);
    }

    static final class RefusedMain {
        public static void main(String[] args) throws Exception {
            System.out.println("pool: "
                    + refusal(() -> WorkerPool.bundled("echo").workers(1).start()));
            System.out.println("mapping: " + refusal(() -> SharedMapping.anonymous("data", 4096)));
            try (WorkerProcess worker =
                    TestPrograms.started(WorkerProcess.bundled("test_signal_recv"), "hello world")) {
                System.out.println("program: " + (worker.isAlive() ? "runs" : worker.waitFor()));
            }
            List<String> left = new ArrayList<>(ProcFs.descriptors());
            left.removeIf(target -> !target.startsWith("/memfd:"));
            System.out.println(left.isEmpty() ? "nothing is left" : left);
        }

        private static String refusal(Callable<AutoCloseable> start) throws Exception {
            try (AutoCloseable made = start.call()) {
                return "made " + made;
            } catch (IOException e) {
                return e.getMessage();
            }
        }
    }
}
