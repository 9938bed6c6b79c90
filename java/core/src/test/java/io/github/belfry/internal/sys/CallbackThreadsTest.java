package io.github.belfry.internal.sys;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.support.Requests;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CallbackThreadsTest {
    private final BlockingQueue<Runnable> due = new LinkedBlockingQueue<>();
    private final List<Throwable> caught = new CopyOnWriteArrayList<>();
    private final CallbackThreads threads = new CallbackThreads("callbacks", this::lead, new Failures(caught::add));
    private final CountDownLatch goOn = new CountDownLatch(1);

    private volatile boolean over;

    private void lead() {
        try {
            for (boolean leads = true; leads && !over; ) {
                leads = threads.run(due.take(), null);
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @BeforeEach
    void start() {
        threads.start(null);
    }

    @AfterEach
    void end() {
        goOn.countDown();
        due.add(() -> over = true);
        threads.end();
        assertThat(caught).isEmpty();
    }

    /** Completes with whether the next callback has run while the first one waits for it. */
    private CompletableFuture<Boolean> waitsForTheNext(Runnable before) {
        CompletableFuture<Boolean> waited = new CompletableFuture<>();
        due.add(() -> {
            before.run();
            waited.complete(Requests.awaitLatch(goOn));
        });
        due.add(goOn::countDown);
        return waited;
    }

    /** No thread watches, so none waits until it has blocked for a while. */
    @Test
    void oneThatIsAboutToBlockHandsOverAtOnce() throws Exception {
        assertThat(waitsForTheNext(CallbackThreads::aboutToBlock).get(60, TimeUnit.SECONDS))
                .isTrue();
    }

    @Test
    void oneThatBlocksIsRelievedWhenItWasSeenForSoLong() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CompletableFuture<Boolean> waited = waitsForTheNext(begun::countDown);
        assertThat(Requests.awaitLatch(begun)).isTrue();
        threads.relieveBlocked(0);
        threads.relieveBlocked(CallbackThreads.BLOCKED_NANOS - 1);
        assertThat(due).hasSize(1);
        threads.relieveBlocked(CallbackThreads.BLOCKED_NANOS);
        assertThat(waited.get(60, TimeUnit.SECONDS)).isTrue();
    }
}
