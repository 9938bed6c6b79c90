package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.RequestTimeoutException;
import io.github.belfry.Signal;
import io.github.belfry.WorkerDiedException;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerPool;
import io.github.belfry.WorkerStats;
import io.github.belfry.support.Await;
import io.github.belfry.support.OwnThread;
import io.github.belfry.support.Requests;
import io.github.belfry.support.Seed;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PoolBlameTest {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void aRequestIsTriedMaxAttemptsTimes(int maxAttempts) throws Exception {
        Path notes = directory.resolve("notes");
        try (WorkerPool pool = Requests.poolWorker().maxAttempts(maxAttempts).start()) {
            WorkerDiedException e =
                    Requests.failure(WorkerDiedException.class, Requests.send(pool, "note-die " + notes));
            assertThat(e.attempts()).isEqualTo(maxAttempts);
            assertThat(e.exit()).isEqualTo(new WorkerExit.Signaled(Signal.KILL, false));
            assertThat(e.stderrTail()).isEmpty();
            assertThat(Requests.ask(pool, "x")).isEqualTo("type 0 attempt 1 size 1");
            assertThat(pool.stats().total().deaths()).isEqualTo(maxAttempts);
        }
        assertThat(notes)
                .hasContent(String.join(
                        "\n",
                        IntStream.rangeClosed(1, maxAttempts)
                                .mapToObj(Integer::toString)
                                .toList()));
    }

    @Test
    void threeWorkersMayDieOfARequestByDefault() throws Exception {
        try (WorkerPool pool = Requests.crash().start()) {
            assertThat(Requests.failure(WorkerDiedException.class, Requests.send(pool, "exit 4"))
                            .attempts())
                    .isEqualTo(3);
        }
    }

    @Test
    void theFailureSaysHowTheLastWorkerEndedAndWhatItSaid() throws Exception {
        try (WorkerPool pool = Requests.crash().maxAttempts(1).start()) {
            Requests.ask(pool, "stderr out of paper");
            WorkerDiedException e = Requests.failure(WorkerDiedException.class, Requests.send(pool, "signal SEGV"));
            assertThat(e.exit())
                    .isInstanceOfSatisfying(
                            WorkerExit.Signaled.class,
                            exit -> assertThat(exit.signal()).isEqualTo(Signal.SEGV));
            assertThat(e.stderrTail()).isEqualTo("out of paper\n");
            WorkerDiedException next = Requests.failure(WorkerDiedException.class, Requests.send(pool, "exit 4"));
            assertThat(next.exit()).isEqualTo(new WorkerExit.Exited(4));
            assertThat(next.stderrTail()).isEmpty();
        }
    }

    @Test
    void otherRequestsAreAnsweredAndNotBlamed() throws Exception {
        try (WorkerPool pool = Requests.crash().maxAttempts(4).start()) {
            Requests.stop(Requests.onlyPid(pool));
            List<CompletableFuture<byte[]>> before = submitTen(pool);
            CompletableFuture<byte[]> poison = Requests.send(pool, "signal KILL");
            List<CompletableFuture<byte[]>> between = submitTen(pool);
            CompletableFuture<byte[]> poisonToo = Requests.send(pool, "exit 1");
            List<CompletableFuture<byte[]>> behind = submitTen(pool);
            Requests.signal(Requests.onlyPid(pool), Signal.CONT);
            assertThat(Requests.failure(WorkerDiedException.class, poison).attempts())
                    .isEqualTo(4);
            assertThat(Requests.failure(WorkerDiedException.class, poisonToo).attempts())
                    .isEqualTo(4);
            for (List<CompletableFuture<byte[]>> ten : List.of(before, between, behind)) {
                for (CompletableFuture<byte[]> future : ten) {
                    assertThat(Requests.result(future)).isEqualTo("1");
                }
            }
        }
    }

    private static List<CompletableFuture<byte[]>> submitTen(WorkerPool pool) {
        return IntStream.range(0, 10)
                .mapToObj(i -> Requests.send(pool, "attempt"))
                .toList();
    }

    @Test
    void aDeathBetweenRequestsIsBlamedOnNoRequest() throws Exception {
        try (WorkerPool pool = Requests.crash().maxAttempts(1).start()) {
            long pid = Requests.onlyPid(pool);
            Requests.stop(pid);
            List<CompletableFuture<byte[]>> replies = submitTen(pool);
            Requests.signal(pid, Signal.KILL);
            for (CompletableFuture<byte[]> reply : replies) {
                assertThat(Requests.result(reply)).isEqualTo("1");
            }
        }
    }

    /** It is never blamed, so only its timeout ends it. */
    @Test
    void aRequestThatItsWorkersDenyToHaveInHandEndsByItsTimeout() throws Exception {
        try (WorkerPool pool = Requests.poolWorker()
                .maxAttempts(1)
                .executionTimeout(Duration.ofMillis(1300)) // before the fifth death, which opens the breaker
                .start()) {
            Requests.failure(RequestTimeoutException.class, Requests.send(pool, "lie"));
            assertThat(pool.stats().total().deaths()).isGreaterThan(1);
            assertThat(Requests.ask(pool, "x")).isEqualTo("type 0 attempt 1 size 1");
        }
    }

    @Test
    void theHandlerIsToldTheAttempt() throws Exception {
        Path notes = directory.resolve("notes");
        try (WorkerPool crash = Requests.crash().start();
                WorkerPool pool = Requests.poolWorker().maxAttempts(3).start()) {
            assertThat(Requests.ask(crash, "attempt")).isEqualTo("1");
            assertThat(Requests.ask(crash, "crash-once more")).isEqualTo("more");
            assertThat(crash.call(Requests.bytes("crash-once and more"))).isEqualTo(Requests.bytes("and more"));
            Requests.failure(WorkerDiedException.class, Requests.send(pool, "note-die " + notes));
        }
        assertThat(notes).hasContent("1\n2\n3");
    }

    /** While workers are killed at any instruction, but rarely before they answer, because that opens the breaker. */
    @Test
    void eachFutureCompletesExactlyOnceWithItsOwnReply() throws Exception {
        int requests = 4000;
        SplittableRandom random = Seed.random(PoolBlameTest.class);
        AtomicInteger reads = new AtomicInteger();
        AtomicInteger completions = new AtomicInteger();
        List<CompletableFuture<String>> replies = new ArrayList<>();
        long[] answeredAtKill = new long[4];
        boolean[] silent = new boolean[answeredAtKill.length];
        CountDownLatch killed = new CountDownLatch(1);
        try (WorkerPool pool = WorkerPool.bundled("echo")
                .workers(answeredAtKill.length)
                .maxAttempts(1000)
                .start()) {
            CompletableFuture<Void> submitter = CompletableFuture.runAsync(
                    () -> {
                        for (int i = 0; i < requests; i++) {
                            assertThat(i < requests / 2 || Requests.awaitLatch(killed))
                                    .isTrue();
                            byte[] request = Requests.bytes("request " + i);
                            CompletableFuture<String> reply =
                                    pool.submit(i, request.length, buffer -> buffer.put(request), buffer -> {
                                        reads.incrementAndGet();
                                        return Requests.text(Requests.copy(buffer));
                                    });
                            replies.add(reply);
                            reply.whenComplete((text, failure) -> completions.incrementAndGet());
                        }
                    },
                    OwnThread.PER_TASK);
            while (!submitter.isDone()
                    || completions.get() < requests && pool.stats().total().deaths() < 200) {
                int slot = random.nextInt(answeredAtKill.length);
                WorkerStats worker = pool.stats().workers().get(slot);
                boolean hasAnswered = worker.answered() > answeredAtKill[slot];
                if (worker.pid() > 0 && (hasAnswered || !silent[slot])) {
                    silent[slot] = !hasAnswered;
                    answeredAtKill[slot] = worker.answered();
                    ProcessHandle.of(worker.pid()).ifPresent(ProcessHandle::destroyForcibly);
                    killed.countDown();
                }
            }
            submitter.get(30, TimeUnit.SECONDS);
            for (int i = 0; i < requests; i++) {
                assertThat(replies.get(i).get(30, TimeUnit.SECONDS)).isEqualTo("request " + i);
            }
            assertThat(pool.stats().total().deaths()).isPositive();
            Await.until("nothing is in flight", () -> pool.stats().total().inFlight() == 0);
        }
        assertThat(reads).hasValue(requests);
        assertThat(completions).hasValue(requests);
    }
}
