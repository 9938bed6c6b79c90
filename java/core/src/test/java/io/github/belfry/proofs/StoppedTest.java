package io.github.belfry.proofs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.RequestTimeoutException;
import io.github.belfry.Signal;
import io.github.belfry.WorkerPool;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.ProcFs;
import io.github.belfry.support.Proof;
import io.github.belfry.support.Requests;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A frozen container, a suspended machine, a job that is stopped: the VM, the workers or both stand for longer than a
 * request may be in hand, and nothing comes of it.
 */
@Tag(Proof.TAG)
class StoppedTest {
    private static final int STOP_MILLIS = Proof.times(2_500, 5_000);
    private static final int TIMEOUT_MILLIS = Proof.times(2_000, 3_000);

    @TempDir
    private Path directory;

    enum Stopped {
        VM,
        WORKERS,
        BOTH
    }

    @ParameterizedTest
    @EnumSource(Stopped.class)
    void timeInWhichOneStandsIsNotTimeInHand(Stopped stopped) throws Exception {
        Path gate = directory.resolve("gate");
        Process vm = OtherVm.java(Main.class)
                .argument(gate.toString())
                .argument(Integer.toString(TIMEOUT_MILLIS))
                .builder()
                .start();
        try (BufferedReader output = vm.inputReader()) {
            List<Long> pids = OtherVm.readPids(output, 2);
            List<Long> standing = new ArrayList<>();
            if (stopped != Stopped.VM) {
                standing.addAll(pids);
            }
            if (stopped != Stopped.WORKERS) {
                standing.add(vm.pid());
            }
            for (long pid : standing) {
                Requests.stop(pid);
            }
            Thread.sleep(STOP_MILLIS); // what is tested is that time
            for (int i = standing.size() - 1; i >= 0; i--) {
                assertThat(ProcFs.state(standing.get(i))).contains('T');
                Requests.signal(standing.get(i), Signal.CONT);
            }
            vm.getOutputStream().close();
            assertThat(output.readLine()).isEqualTo("looked at");
            Files.createFile(gate);
            assertThat(output.readLine()).isEqualTo("2 answered, 0 deaths");
        }
        assertThat(vm.waitFor()).isZero();
        Proof.counted(
                "stopped",
                "%s for %,d ms while requests that may take %,d ms are in hand: all answered, 0 workers ended",
                stopped,
                STOP_MILLIS,
                TIMEOUT_MILLIS);
    }

    static final class Main {
        public static void main(String[] args) throws Exception {
            try (WorkerPool pool = Requests.poolWorker()
                    .workers(2)
                    .executionTimeout(Duration.ofMillis(Long.parseLong(args[1])))
                    .start()) {
                List<CompletableFuture<byte[]>> all = List.of(
                        Requests.send(pool, "wait " + args[0]), Requests.send(pool, "wait " + args[0]));
                pool.pids().forEach(System.out::println);
                System.in.read();
                for (int i = 0; i < 2; i++) { // when the second has failed, a whole round of the supervisor is over
                    CompletableFuture<byte[]> late = pool.withTimeout(Duration.ofMillis(1)).submit(new byte[0]);
                    Requests.failure(RequestTimeoutException.class, late);
                }
                System.out.println("looked at");
                for (CompletableFuture<byte[]> one : all) {
                    Requests.result(one);
                }
                System.out.println(all.size() + " answered, " + pool.stats().total().deaths() + " deaths");
            }
        }
    }
}
