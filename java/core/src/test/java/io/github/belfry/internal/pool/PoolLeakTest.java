package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.Inside;
import io.github.belfry.Signal;
import io.github.belfry.WorkerDiedException;
import io.github.belfry.WorkerPool;
import io.github.belfry.support.Await;
import io.github.belfry.support.Leftovers;
import io.github.belfry.support.ProcFs;
import io.github.belfry.support.Requests;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PoolLeakTest {
    @Test
    void aHundredPoolsWhoseWorkersDieLeaveNothing() throws Exception {
        Leftovers before = Leftovers.before(Requests.crash());
        for (int i = 0; i < 100; i++) {
            try (WorkerPool pool = Requests.crash()
                    .workers(2)
                    .ringBytes(64 * 1024)
                    .maxAttempts(1)
                    .closeGrace(Duration.ofMillis(50))
                    .start()) {
                CompletableFuture<byte[]> fork = Requests.send(pool, "fork");
                CompletableFuture<byte[]> poison = Requests.send(pool, "signal KILL");
                if (i % 4 == 0) {
                    Requests.send(pool, "loop");
                }
                if (i % 2 == 0) {
                    Requests.result(fork);
                    Requests.failure(WorkerDiedException.class, poison);
                }
            }
        }
        before.awaitAgain();
    }

    @Test
    void aPoolWhoseWorkersDieAHundredTimesGrowsByNothing() throws Exception {
        Leftovers.before(Requests.crash());
        try (WorkerPool pool = Requests.crash().maxAttempts(1).start()) {
            Requests.failure(WorkerDiedException.class, Requests.send(pool, "exit 1"));
            Requests.ask(pool, "x");
            long descriptors = ProcFs.descriptors().size();
            int threads = Leftovers.poolThreads().size();
            for (int i = 0; i < 100; i++) {
                Requests.failure(WorkerDiedException.class, Requests.send(pool, "exit 1"));
                Requests.ask(pool, "x");
            }
            Await.until("as many descriptors", () -> ProcFs.descriptors().size() == descriptors);
            Await.until("as many threads", () -> Leftovers.poolThreads().size() == threads);
            assertThat(pool.stats().total().rescues()).isZero();
        }
    }

    @Test
    void aBundledWorkerThatDiesAHundredTimesLeavesNothing() throws Exception {
        Leftovers before = Leftovers.before(WorkerPool.bundled("echo").workers(1));
        try (WorkerPool pool = WorkerPool.bundled("echo").workers(1).start()) {
            for (int i = 0; i < 100; i++) {
                Requests.ask(pool, "x");
                long pid = Requests.onlyPid(pool);
                Requests.signal(pid, Signal.KILL);
                Await.until("it has ended", () -> !pool.pids().contains(pid));
            }
            Requests.ask(pool, "x");
        }
        before.awaitAgain();
    }

    /** Its memory is freed although threads live on that have called, submitted, waited and closed. */
    @Test
    void aClosedPoolIsForgottenByTheThreadsThatHaveUsedIt() throws Exception {
        ExecutorService user = Executors.newSingleThreadExecutor();
        try {
            WeakReference<Slot> used = new WeakReference<>(use(user));
            Await.until("the pool is collected", () -> {
                System.gc();
                return used.get() == null;
            });
        } finally {
            user.shutdown();
        }
    }

    /** A request is a link to those that come after it. */
    @Test
    void aFutureThatIsKeptKeepsNoLaterRequest() throws Exception {
        try (WorkerPool pool = Requests.crash().start()) {
            CompletableFuture<byte[]> kept = Requests.send(pool, "x");
            WeakReference<Object> later = new WeakReference<>(submit(pool, new byte[1]));
            assertThat(Requests.ask(pool, "x")).isEqualTo(Requests.result(kept));
            Await.until("what the later one had is collected", () -> {
                System.gc();
                return later.get() == null;
            });
            assertThat(kept).isCompleted();
        }
    }

    /** What only this request has. */
    private static Object submit(WorkerPool pool, Object onlyHere) throws Exception {
        pool.submit(0, 1, to -> to.put((byte) 'x'), reply -> onlyHere).get(30, TimeUnit.SECONDS);
        return onlyHere;
    }

    private static Slot use(ExecutorService user) throws Exception {
        try (WorkerPool pool = Requests.crash().start()) {
            for (int i = 0; i < 10; i++) {
                Requests.ask(pool, "x");
                pool.call("x".getBytes(StandardCharsets.UTF_8));
                user.submit(() -> pool.call("x".getBytes(StandardCharsets.UTF_8)))
                        .get();
            }
            return Inside.of(pool).slots().get(0);
        }
    }
}
