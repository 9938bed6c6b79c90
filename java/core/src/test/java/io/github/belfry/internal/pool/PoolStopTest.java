package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.belfry.PoolStats;
import io.github.belfry.PoolUnavailableException;
import io.github.belfry.RequestInterruptedException;
import io.github.belfry.Signal;
import io.github.belfry.WorkerFaultException;
import io.github.belfry.WorkerPool;
import io.github.belfry.support.Await;
import io.github.belfry.support.OwnThread;
import io.github.belfry.support.ProcFs;
import io.github.belfry.support.Requests;
import io.github.belfry.support.TestPrograms;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

public class PoolStopTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    @TempDir
    private Path directory;

    @Test
    void shutdownDrains() throws Exception {
        Path log = directory.resolve("log");
        Path gate = directory.resolve("gate");
        WorkerPool pool = Requests.poolWorker(log).workers(2).start();
        List<CompletableFuture<byte[]>> replies = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            replies.add(Requests.send(pool, "wait " + gate));
        }
        pool.shutdown();
        pool.shutdown();
        Requests.failure(PoolUnavailableException.class, Requests.send(pool, "x"));
        assertThat(pool.awaitTermination(Duration.ofMillis(50))).isFalse();
        assertThat(replies).noneMatch(CompletableFuture::isDone);
        Files.createFile(gate);
        assertThat(pool.awaitTermination(SOON)).isTrue();
        for (CompletableFuture<byte[]> reply : replies) {
            assertThat(Requests.result(reply)).isEmpty();
        }
        assertThat(log).hasContent("init\ninit\nfini\nfini\n");
        assertThat(pool.pids()).isEmpty();
        pool.close();
    }

    @Test
    void closeDrainsToo() throws Exception {
        WorkerPool pool = Requests.crash().workers(2).start();
        List<CompletableFuture<byte[]>> replies = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            replies.add(Requests.send(pool, "attempt"));
        }
        pool.close();
        for (CompletableFuture<byte[]> reply : replies) {
            assertThat(reply).isDone();
            assertThat(Requests.result(reply)).isEqualTo("1");
        }
        assertThat(pool.awaitTermination(Duration.ZERO)).isTrue();
        pool.close();
    }

    @Test
    void closeSendsTermAfterOneGraceAndKillAfterAnother() throws Exception {
        Path heard = directory.resolve("heard");
        WorkerPool pool =
                Requests.poolWorker().closeGrace(Duration.ofSeconds(1)).start();
        long pid = Requests.onlyPid(pool);
        CompletableFuture<byte[]> inHand = Requests.send(pool, "deaf " + heard);
        CompletableFuture<byte[]> behind = Requests.send(pool, "x");
        Await.until(
                "it is in hand",
                () -> Files.exists(heard) && Files.readString(heard).equals("1\n"));
        pool.close();
        assertThat(Requests.failure(PoolUnavailableException.class, inHand).mayHaveRun())
                .isTrue();
        assertThat(Requests.failure(PoolUnavailableException.class, behind).mayHaveRun())
                .isTrue();
        assertThat(ProcFs.isRunning(pid)).isFalse();
        assertThat(heard).hasContent("1\nTERM\n");
    }

    @Test
    void theRequestInHandIsFinishedAfterTermAndTheRestFails() throws Exception {
        Path fifo = TestPrograms.makeFifo(directory.resolve("fifo"));
        WorkerPool pool = Requests.poolWorker(directory.resolve("log"))
                .closeGrace(Duration.ofMillis(500))
                .start();
        CompletableFuture<byte[]> inHand = Requests.send(pool, "read " + fifo);
        CompletableFuture<byte[]> behind = Requests.send(pool, "wait " + directory.resolve("never"));
        try (var writer = Files.newOutputStream(fifo)) {
            CompletableFuture<Void> closed = CompletableFuture.runAsync(pool::close, OwnThread.PER_TASK);
            pool.signalAll(Signal.TERM); // now instead of after the grace, so that the reply comes after it
            writer.write('!');
            assertThat(Requests.result(inHand)).isEqualTo("!");
            closed.get(30, TimeUnit.SECONDS);
        }
        Requests.failure(PoolUnavailableException.class, behind);
        assertThat(directory.resolve("log")).content().startsWith("init\nfini\n");
    }

    @Test
    void aGrandchildEndsWithThePool() throws Exception {
        WorkerPool pool = Requests.crash().start();
        long grandchild = Long.parseLong(Requests.ask(pool, "fork"));
        assertThat(ProcFs.isRunning(grandchild)).isTrue();
        pool.close();
        Await.until("it is gone", () -> !ProcFs.isRunning(grandchild));
    }

    @Test
    void afterCloseSignalsAreRefusedAndTheStatisticsStay() throws Exception {
        WorkerPool pool = Requests.crash().workers(2).name("stays").start();
        for (int i = 0; i < 20; i++) {
            Requests.ask(pool, "x");
        }
        Requests.failure(WorkerFaultException.class, Requests.send(pool, "fault 1 x"));
        pool.close();
        assertThatIllegalStateException().isThrownBy(() -> pool.signalAll(Signal.USR1));
        PoolStats last = pool.stats();
        assertThat(last.pool()).isEqualTo("stays");
        assertThat(last.workers()).hasSize(2).allMatch(worker -> worker.pid() == 0);
        assertThat(last.total().answered()).isEqualTo(21);
        assertThat(last.total().faults()).isEqualTo(1);
        assertThat(last.total().inFlight()).isZero();
        assertThat(pool.stats()).isEqualTo(last);
    }

    @Test
    void aStopIsNotCountedAsADeath() throws Exception {
        WorkerPool pool = Requests.crash().workers(2).start();
        Requests.ask(pool, "x");
        pool.close();
        assertThat(pool.stats().total().deaths()).isZero();
    }

    @Test
    void closeFromACallbackDoesNotWaitForItself() throws Exception {
        WorkerPool pool = Requests.crash().start();
        CompletableFuture<String> closing = pool.submit(0, 0, buffer -> {}, reply -> {
            pool.close();
            return "closed";
        });
        assertThat(closing.get(30, TimeUnit.SECONDS)).isEqualTo("closed");
        assertThat(pool.awaitTermination(SOON)).isTrue();
    }

    @Test
    void closeFromTheReadOfACallEndsThePool() throws Exception {
        WorkerPool pool = Requests.crash().spin(Duration.ofSeconds(20)).start();
        String closed = pool.call(0, 0, buffer -> {}, reply -> {
            pool.close();
            return "closed";
        });
        assertThat(closed).isEqualTo("closed");
        assertThat(pool.awaitTermination(SOON)).isTrue();
    }

    @Test
    void manyMayCloseAtOnce() throws Exception {
        WorkerPool pool = Requests.crash().start();
        List<CompletableFuture<Void>> closers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            closers.add(CompletableFuture.runAsync(pool::close, OwnThread.PER_TASK));
        }
        for (CompletableFuture<Void> closer : closers) {
            closer.get(30, TimeUnit.SECONDS);
        }
        assertThat(pool.pids()).isEmpty();
    }

    @Test
    void aSubmitThatWaitsForRoomFailsWhenThePoolIsClosed() throws Exception {
        WorkerPool pool = Requests.crash()
                .ringBytes(64 * 1024)
                .closeGrace(Duration.ofMillis(200))
                .start();
        Requests.stop(Requests.onlyPid(pool));
        CompletableFuture<byte[]> full = pool.submit(new byte[pool.maxRequestBytes()]);
        CompletableFuture<CompletableFuture<byte[]>> waiting =
                CompletableFuture.supplyAsync(() -> pool.submit(new byte[1000]), OwnThread.PER_TASK);
        CompletableFuture<Void> closed = CompletableFuture.runAsync(pool::close, OwnThread.PER_TASK);
        Requests.failure(PoolUnavailableException.class, waiting.get(30, TimeUnit.SECONDS));
        Requests.failure(PoolUnavailableException.class, full);
        closed.get(30, TimeUnit.SECONDS);
    }

    @Test
    void aShutdownRunsNoCancelledRequest() throws Exception {
        Path notes = directory.resolve("notes");
        try (WorkerPool pool = Requests.poolWorker().start()) {
            Requests.stop(Requests.onlyPid(pool));
            CompletableFuture<byte[]> cancelled = Requests.send(pool, "note " + notes);
            CompletableFuture<byte[]> other = Requests.send(pool, "x");
            assertThat(cancelled.cancel(true)).isTrue();
            pool.shutdown();
            Requests.signal(Requests.onlyPid(pool), Signal.CONT);
            assertThat(pool.awaitTermination(Duration.ofSeconds(30))).isTrue();
            assertThat(Requests.result(other)).startsWith("type 0");
            assertThat(notes).doesNotExist();
            assertThat(cancelled).isCancelled();
        }
    }

    @Test
    void anInterruptedCallThrowsWithTheFlagSetAndItsRequestRunsOn() throws Exception {
        Path gate = directory.resolve("gate");
        CountDownLatch called = new CountDownLatch(1);
        try (WorkerPool pool = Requests.poolWorker().start()) {
            CompletableFuture<Boolean> flag = new CompletableFuture<>();
            Thread caller = new Thread(() -> {
                called.countDown();
                try {
                    pool.call(Requests.bytes("wait " + gate));
                    flag.completeExceptionally(new AssertionError("a reply"));
                } catch (RequestInterruptedException e) {
                    flag.complete(Thread.currentThread().isInterrupted() && e.mayHaveRun());
                } catch (RuntimeException e) {
                    flag.completeExceptionally(e);
                }
            });
            caller.start();
            assertThat(Requests.awaitLatch(called)).isTrue();
            Busy.awaitBegun(pool, 0);
            Await.until("it waits", () -> caller.getState() == Thread.State.WAITING);
            caller.interrupt();
            assertThat(flag.get(30, TimeUnit.SECONDS)).isTrue();
            assertThat(pool.stats().total().inFlight()).isEqualTo(1);
            Files.createFile(gate);
            assertThat(Requests.ask(pool, "x")).isEqualTo("type 0 attempt 1 size 1");
            assertThat(pool.stats().total().answered()).isEqualTo(2);
        }
    }

    @Test
    void aReadThatRunsKeepsItsBytes() throws Exception {
        WorkerPool pool = Requests.crash().closeGrace(Duration.ofMillis(100)).start();
        CountDownLatch reading = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        CompletableFuture<String> text = new CompletableFuture<>();
        CompletableFuture<Boolean> reply = pool.submit(0, 5, request -> request.put(Requests.bytes("hello")), bytes -> {
            reading.countDown();
            Requests.awaitLatch(goOn);
            return text.complete(Requests.text(Requests.copy(bytes)));
        });
        Requests.awaitLatch(reading);
        pool.close();
        Requests.failure(PoolUnavailableException.class, reply);
        goOn.countDown();
        assertThat(text.get(30, TimeUnit.SECONDS)).isEqualTo("hello");
    }

    /** Within the grace, though by then all workers have ended and other threads have led. */
    @Test
    void aReadThatRunsIsWaitedFor() throws Exception {
        WorkerPool pool = Requests.crash().closeGrace(Duration.ofSeconds(20)).start();
        CountDownLatch reading = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        CompletableFuture<Boolean> reply = pool.submit(0, 0, request -> {}, bytes -> {
            reading.countDown();
            return Requests.awaitLatch(goOn);
        });
        Requests.awaitLatch(reading);
        CompletableFuture<Void> closed = CompletableFuture.runAsync(pool::close, OwnThread.PER_TASK);
        Await.until("the workers have ended", () -> pool.pids().isEmpty());
        assertThat(reply).isNotDone();
        goOn.countDown();
        assertThat(reply.get(30, TimeUnit.SECONDS)).isTrue();
        closed.get(30, TimeUnit.SECONDS);
    }

    @Test
    void aReadOfACallThatRunsKeepsItsBytes() throws Exception {
        WorkerPool pool = Requests.crash().closeGrace(Duration.ofMillis(100)).start();
        CountDownLatch reading = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        CompletableFuture<String> reply = CompletableFuture.supplyAsync(
                () -> pool.call(0, 5, request -> request.put(Requests.bytes("hello")), bytes -> {
                    reading.countDown();
                    Requests.awaitLatch(goOn);
                    return Requests.text(Requests.copy(bytes));
                }),
                OwnThread.PER_TASK);
        Requests.awaitLatch(reading);
        pool.close();
        goOn.countDown();
        assertThat(reply.get(30, TimeUnit.SECONDS)).isEqualTo("hello");
    }

    @Test
    void aWriteThatRunsIsNotWaitedForLongerThanTheGraceAndItsFutureFails() throws Exception {
        WorkerPool pool = Requests.crash().closeGrace(Duration.ofMillis(100)).start();
        CountDownLatch writing = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        CompletableFuture<CompletableFuture<byte[]>> submitted = CompletableFuture.supplyAsync(
                () -> pool.submit(
                        0,
                        5,
                        request -> {
                            writing.countDown();
                            Requests.awaitLatch(goOn);
                            request.put(Requests.bytes("hello"));
                        },
                        Requests::copy),
                OwnThread.PER_TASK);
        Requests.awaitLatch(writing);
        pool.close();
        goOn.countDown();
        Requests.failure(PoolUnavailableException.class, submitted.get(30, TimeUnit.SECONDS));
    }
}
