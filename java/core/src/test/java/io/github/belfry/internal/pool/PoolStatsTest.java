package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.belfry.PoolStats;
import io.github.belfry.Signal;
import io.github.belfry.WorkerDiedException;
import io.github.belfry.WorkerFaultException;
import io.github.belfry.WorkerPool;
import io.github.belfry.WorkerProcess;
import io.github.belfry.WorkerStats;
import io.github.belfry.support.Await;
import io.github.belfry.support.Leftovers;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.Requests;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PoolStatsTest {
    private static PoolStats ofSelf(String name) throws IOException {
        return PoolStats.of(ProcessHandle.current().pid()).stream()
                .filter(stats -> stats.pool().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void theyCountWhatHappened() throws Exception {
        try (WorkerPool pool = Requests.crash().name("counted").maxAttempts(2).start()) {
            long pid = Requests.onlyPid(pool);
            WorkerStats none = pool.stats().workers().get(0);
            assertThat(none.pid()).isEqualTo(pid);
            assertThat(none.index()).isZero();
            assertThat(none.answered() + none.faults() + none.deaths() + none.inFlight())
                    .isZero();
            for (int i = 0; i < 10; i++) {
                Requests.ask(pool, "sleep 1");
            }
            Requests.failure(WorkerFaultException.class, Requests.send(pool, "fault 2 x"));
            Requests.failure(WorkerDiedException.class, Requests.send(pool, "exit 3"));
            Requests.ask(pool, "x");
            WorkerStats total = pool.stats().total();
            assertThat(total.index()).isEqualTo(-1);
            assertThat(total.pid()).isZero();
            assertThat(total.answered()).isEqualTo(12);
            assertThat(total.faults()).isEqualTo(1);
            assertThat(total.deaths()).isEqualTo(2);
            assertThat(total.inFlight()).isZero();
            assertThat(total.busy().toMillis()).isGreaterThanOrEqualTo(10);
            assertThat(total.wakes()).isPositive();
            assertThat(total.signals()).isPositive();
            assertThat(total.rescues()).isZero();
            assertThat(pool.stats().workers().get(0).pid()).isNotEqualTo(pid);
        }
    }

    @Test
    void theySurviveACrash() throws Exception {
        try (WorkerPool pool = Requests.crash().maxAttempts(1).start()) {
            for (int i = 0; i < 5; i++) {
                IntStream.range(0, 7).forEach(x -> pool.call(Requests.bytes("x")));
                Requests.failure(WorkerDiedException.class, Requests.send(pool, "signal KILL"));
            }
            assertThat(pool.stats().total().answered()).isEqualTo(35);
            assertThat(pool.stats().total().deaths()).isEqualTo(5);
        }
    }

    @Test
    void aReplyThatWasNeverPublishedIsNotCounted() throws Exception {
        try (WorkerPool pool = Requests.poolWorker().maxAttempts(1).start()) {
            Requests.failure(WorkerDiedException.class, Requests.send(pool, "count-die"));
            Requests.ask(pool, "x");
            WorkerStats total = pool.stats().total();
            assertThat(total.answered()).isEqualTo(1);
            assertThat(total.faults()).isZero();
            assertThat(total.inFlight()).isZero();
        }
    }

    @Test
    void whatWaitsOrIsInHandIsInFlight() throws Exception {
        try (WorkerPool pool = Requests.crash()
                .name("flying")
                .inFlightPerWorker(Requests.IN_RING)
                .start()) {
            long pid = Requests.onlyPid(pool);
            Requests.stop(pid);
            List<CompletableFuture<byte[]>> replies = IntStream.range(0, 7)
                    .mapToObj(i -> Requests.send(pool, "x"))
                    .toList();
            assertThat(pool.stats().total().inFlight()).isEqualTo(7);
            assertThat(ofSelf("flying").total().inFlight()).isEqualTo(7);
            Requests.signal(pid, Signal.CONT);
            for (CompletableFuture<byte[]> reply : replies) {
                Requests.result(reply);
            }
            assertThat(pool.stats().total().inFlight()).isZero();
        }
    }

    @Test
    void ofThisVmTheyAreTheSame() throws Exception {
        try (WorkerPool pool =
                        Requests.crash().name("self with-dashes-1").workers(3).start();
                WorkerPool other = Requests.crash().name("another").start()) {
            for (int i = 0; i < 20; i++) {
                Requests.ask(pool, "x");
            }
            Await.until(
                    "all sleep, and count no more",
                    () -> ofSelf("self with-dashes-1").equals(pool.stats()));
            assertThat(ofSelf("another").workers()).hasSize(1);
            assertThat(pool.stats().workers()).extracting(WorkerStats::index).containsExactly(0, 1, 2);
            assertThat(other.stats().total().answered()).isZero();
        }
    }

    @Test
    void ofAnotherVmTheyAreReadWithoutItsHelp() throws Exception {
        Process vm = OtherVm.java(PoolMain.class).builder().start();
        assertThat(vm.inputReader().readLine()).isEqualTo("ready");
        Requests.stop(vm.pid());
        PoolStats stats = PoolStats.of(vm.pid()).get(0);
        assertThat(stats.pool()).isEqualTo("far");
        assertThat(stats.workers()).hasSize(2);
        assertThat(stats.total().answered()).isEqualTo(9);
        vm.destroyForcibly().waitFor();
    }

    static final class PoolMain {
        public static void main(String[] args) throws Exception {
            WorkerPool pool = Requests.crash().name("far").workers(2).start();
            for (int i = 0; i < 9; i++) {
                Requests.ask(pool, "x");
            }
            System.out.println("ready");
            Thread.sleep(Long.MAX_VALUE);
        }
    }

    @Test
    void ofNoProcessIsAnErrorAndOfOneWithoutPoolsNone() throws Exception {
        assertThatThrownBy(() -> PoolStats.of(999_999_999L))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("999999999");
        try (WorkerProcess sleep = WorkerProcess.command("sleep", "600").start()) {
            assertThat(PoolStats.of(sleep.pid())).isEmpty();
        }
    }

    @Test
    void aPoolHasThreeThreadsHoweverManyWorkersItHas() throws Exception {
        List<String> before = Leftovers.before(Requests.crash()).threads();
        try (WorkerPool pool = Requests.crash().name("spools").workers(20).start()) {
            for (int i = 0; i < 100; i++) {
                Requests.ask(pool, "x");
            }
            assertThat(Leftovers.poolThreads())
                    .filteredOn(name -> !before.contains(name))
                    .filteredOn(name -> !name.startsWith("belfry-wait-")) // for each worker, without pidfds
                    .filteredOn(name -> !name.equals("belfry-exits")) // of processes before
                    .containsExactly("belfry-spools-listener", "belfry-spools-replies", "belfry-spools-supervisor");
        }
    }
}
