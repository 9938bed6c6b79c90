package io.github.belfry.internal.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.belfry.Stdio;
import io.github.belfry.WorkerProcess;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.ProcFs;
import io.github.belfry.support.TestPrograms;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Where pidfds are refused there is no keeper, and the warden starts what is to end with the VM. */
class WardenTest {
    static final String[] WITHOUT_KEEPER = {TestPrograms.path("refuse"), "38", "pidfd_open,pidfd_send_signal"};

    private static final String SLICE = "se.slice";
    private static final long SHORTEST_NANOS = 100_000;

    /** See sched_setattr(2); kernels before 6.12 give every thread the same. */
    @Test
    void itTakesShortTurnsAndItsWorkersTheUsualOnes() throws Exception {
        sliceNanos(Files.readAllLines(Path.of("/proc/self/sched"))); // or skipped
        OtherVm.run(OtherVm.java(TurnsMain.class).prepend(WITHOUT_KEEPER));
    }

    static final class TurnsMain {
        public static void main(String[] args) throws Exception {
            compareTurns();
        }
    }

    private static void compareTurns() throws Exception {
        long usual = sliceNanos(Files.readAllLines(Path.of("/proc/self/sched")));
        try (WorkerProcess worker = WorkerProcess.command("cat", "/proc/self/sched")
                        .stdout(Stdio.PIPE)
                        .start();
                BufferedReader output = TestPrograms.reader(worker)) {
            assertThat(sliceNanos(output.lines().toList())).isEqualTo(usual);
        }
        if (release() < 6.012) {
            return;
        }
        Path warden = ProcFs.threads("belfry-warden").get(0);
        assertThat(sliceNanos(Files.readAllLines(warden.resolve("sched"))))
                .isEqualTo(SHORTEST_NANOS)
                .isLessThan(usual);
    }

    private static long sliceNanos(List<String> lines) {
        List<String> slices =
                lines.stream().filter(line -> line.startsWith(SLICE)).toList();
        assumeTrue(!slices.isEmpty(), "the kernel doesn't tell it");
        return Long.parseLong(slices.get(0).split(":")[1].trim());
    }

    /** Linux 6.12 is 6.012. */
    private static double release() throws IOException {
        String[] parts = Files.readString(Path.of("/proc/sys/kernel/osrelease")).split("[^0-9]");
        return Integer.parseInt(parts[0]) + Integer.parseInt(parts[1]) / 1000.0;
    }
}
