package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.Doorbell;
import io.github.belfry.Signal;
import io.github.belfry.WorkerPool;
import io.github.belfry.support.Await;
import io.github.belfry.support.ProcFs;
import io.github.belfry.support.Requests;
import io.github.belfry.support.TestPrograms;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Signals in a worker that uses the SDK. */
class PoolWorkerSignalTest {
    @TempDir
    private Path directory;

    @Test
    void theDoorbellIsBlockedWhileARequestIsInHand() throws Exception {
        try (WorkerPool pool = Requests.poolWorker().start()) {
            assertThat(Requests.ask(pool, "signals")).isEqualTo("blocked: 10, 15 handled, 2 handled, 10 default");
        }
    }

    @Test
    void aForkedChildHasTheDoorbellUnblockedAndEndsBySignals() throws Exception {
        try (WorkerPool pool = Requests.poolWorker().start()) {
            assertThat(Requests.ask(pool, "child-signals")).isEqualTo("blocked:, 15 default, 2 default, 10 default");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TERM", "INT"})
    void aSignalEndsTheWorkerAfterTheRequestInHandAndFini(String name) throws Exception {
        Path log = directory.resolve("log");
        Path fifo = TestPrograms.makeFifo(directory.resolve("fifo"));
        try (WorkerPool pool = Requests.poolWorker(log).start()) {
            long pid = Requests.onlyPid(pool);
            CompletableFuture<byte[]> inHand = Requests.send(pool, "read " + fifo);
            CompletableFuture<byte[]> behind = Requests.send(pool, "x");
            try (var writer = Files.newOutputStream(fifo)) {
                // The open has met the worker's. A read that a signal interrupted would be an EINTR.
                Await.until("it reads", () -> ProcFs.state(pid).orElseThrow() == 'S');
                Requests.signal(pid, Signal.of(name));
                Await.until("it has taken the signal", () -> !isPending(pid, Signal.of(name)));
                assertThat(inHand).isNotDone();
                writer.write('!');
            }
            assertThat(Requests.result(inHand)).isEqualTo("!");
            assertThat(Requests.result(behind)).isEqualTo("type 0 attempt 1 size 1");
            Await.until("the first has ended", () -> !ProcFs.isRunning(pid));
            assertThat(log).hasContent("init\nfini\ninit\n");
        }
        assertThat(log).hasContent("init\nfini\ninit\nfini\n");
    }

    /** This signal: a doorbell may always be pending. */
    private static boolean isPending(long pid, Signal signal) throws Exception {
        Path status = Path.of("/proc/" + pid + "/status");
        return ProcFs.hasSignal(status, "ShdPnd", signal) || ProcFs.hasSignal(status, "SigPnd", signal);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TERM", "INT"})
    void aWorkerThatSleepsEndsAtOnceAndAnotherComes(String name) throws Exception {
        Path log = directory.resolve("log");
        try (WorkerPool pool = Requests.poolWorker(log).start()) {
            pool.signalAll(Signal.of(name));
            Await.until("another incarnation", () -> pool.stats().total().deaths() == 1);
            assertThat(Requests.ask(pool, "x")).isEqualTo("type 0 attempt 1 size 1");
            assertThat(log).hasContent("init\nfini\ninit\n");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ADAPTIVE", "ALWAYS", "SPIN"})
    void strayDoorbellsDoNoHarm(String doorbell) throws Exception {
        try (WorkerPool pool =
                Requests.crash().doorbell(Doorbell.valueOf(doorbell)).start()) {
            for (int i = 0; i < 300; i++) {
                pool.signalAll(Signal.USR1);
                assertThat(Requests.ask(pool, "attempt")).isEqualTo("1");
            }
            assertThat(pool.stats().total().deaths()).isZero();
            assertThat(pool.stats().total().rescues()).isZero();
        }
    }
}
