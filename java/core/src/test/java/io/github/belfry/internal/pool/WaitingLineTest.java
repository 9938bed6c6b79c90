package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.support.Await;
import io.github.belfry.support.OwnThread;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class WaitingLineTest {
    /** Longer than a test may take: a wait for so long is a hang. */
    private static final long LONG = TimeUnit.HOURS.toNanos(1);

    private final WaitingLine waitingLine = new WaitingLine();

    /** A thread in {@code await}, and the outcome. */
    private final class Waiter extends Thread {
        private final CompletableFuture<String> got = new CompletableFuture<>();
        private final Supplier<String> attempt;
        private final AtomicBoolean worthwhile;

        Waiter(Supplier<String> attempt, AtomicBoolean worthwhile) {
            this.attempt = attempt;
            this.worthwhile = worthwhile;
            setDaemon(true);
            start();
        }

        @Override
        public void run() {
            try {
                got.complete(String.valueOf(waitingLine.await(attempt, worthwhile::get, LONG)));
            } catch (InterruptedException e) {
                got.completeExceptionally(e);
            }
        }

        void awaitAsleep() throws Exception {
            Await.until("the waiter sleeps", () -> getState() == State.TIMED_WAITING);
        }
    }

    private static final AtomicBoolean ALWAYS = new AtomicBoolean(true);

    @Test
    void availableRoomIsTakenAtOnce() throws Exception {
        assertThat(waitingLine.await(() -> "slot", () -> true, LONG)).isEqualTo("slot");
        assertThat(waitingLine.isAwaited()).isFalse();
    }

    @Test
    void aWaiterIsSeenAndTriesAgainWhenSomethingChanged() throws Exception {
        AtomicInteger tries = new AtomicInteger();
        Waiter waiter = new Waiter(() -> tries.incrementAndGet() == 3 ? "slot" : null, ALWAYS);
        waiter.awaitAsleep();
        assertThat(waitingLine.isAwaited()).isTrue();
        waitingLine.changed();
        Await.until("the second try", () -> tries.get() == 2);
        waiter.awaitAsleep();
        waitingLine.changed();
        assertThat(waiter.got.get()).isEqualTo("slot");
        waiter.join();
        assertThat(waitingLine.isAwaited()).isFalse();
    }

    /** A wait that was over before its sleep began has tried once only, and is repeated with twice the time. */
    @Test
    void aWaiterTriesOnceMoreWhenItsTimeIsOverAndThenGivesUp() throws Exception {
        AtomicInteger tries = new AtomicInteger();
        Supplier<String> never = () -> {
            tries.incrementAndGet();
            return null;
        };
        for (long nanos = 1_000_000; tries.get() < 2; nanos *= 2) {
            tries.set(0);
            assertThat(waitingLine.await(never, () -> true, nanos)).isNull();
            assertThat(tries).hasPositiveValue();
            assertThat(waitingLine.isAwaited()).isFalse();
        }
    }

    @Test
    void aWaiterGivesUpBehindAnotherWhenItsTimeIsOver() throws Exception {
        Waiter first = new Waiter(() -> null, ALWAYS);
        first.awaitAsleep();
        assertThat(waitingLine.await(() -> "slot", () -> true, 1_000_000)).isNull();
        assertThat(waitingLine.isAwaited()).isTrue();
    }

    @Test
    void aWaitThatIsNoLongerWorthwhileEnds() throws Exception {
        AtomicBoolean worthwhile = new AtomicBoolean(true);
        Waiter waiter = new Waiter(() -> null, worthwhile);
        waiter.awaitAsleep();
        worthwhile.set(false);
        waitingLine.changed();
        assertThat(waiter.got.get()).isEqualTo("null");
    }

    /** Each gets one slot; no waiter overtakes another. */
    @Test
    void firstComeFirstServed() throws Exception {
        AtomicInteger available = new AtomicInteger();
        List<Integer> order = Collections.synchronizedList(new ArrayList<>());
        List<Waiter> waiters = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            int number = i;
            Waiter waiter = new Waiter(
                    () -> {
                        if (available.getAndUpdate(left -> Math.max(0, left - 1)) == 0) {
                            return null;
                        }
                        order.add(number);
                        return "slot";
                    },
                    ALWAYS);
            waiter.awaitAsleep();
            waiters.add(waiter);
        }
        for (Waiter waiter : waiters) {
            assertThat(waitingLine.isAwaited()).isTrue();
            available.incrementAndGet();
            waitingLine.changed();
            assertThat(waiter.got.get()).isEqualTo("slot");
        }
        assertThat(order).containsExactly(0, 1, 2, 3, 4);
        waiters.get(4).join();
        assertThat(waitingLine.isAwaited()).isFalse();
    }

    @Test
    void anInterruptEndsTheWaitAndTheNextOneGetsItsTurn() throws Exception {
        Waiter first = new Waiter(() -> null, ALWAYS);
        first.awaitAsleep();
        Waiter second = new Waiter(() -> "slot", ALWAYS);
        second.awaitAsleep();
        first.interrupt();
        assertThat(first.got)
                .failsWithin(30, TimeUnit.SECONDS)
                .withThrowableOfType(ExecutionException.class)
                .withCauseInstanceOf(InterruptedException.class);
        assertThat(second.got.get()).isEqualTo("slot");
    }

    /** The condition is stored before {@code changed}, so no change between a try and the sleep is lost. */
    @Test
    void noChangeIsLost() throws Exception {
        int rounds = 20_000;
        AtomicInteger available = new AtomicInteger();
        AtomicInteger taken = new AtomicInteger();
        List<CompletableFuture<Void>> takers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            takers.add(CompletableFuture.runAsync(
                    () -> {
                        for (int round = 0; round < rounds; round++) {
                            take(available);
                            taken.incrementAndGet();
                        }
                    },
                    OwnThread.PER_TASK));
        }
        for (int given = 0; given < 3 * rounds; given++) {
            available.incrementAndGet();
            waitingLine.changed();
            // Often all takers wait, so each change counts.
            while (given % 3 == 0 && taken.get() < given) {
                assertThat(Thread.currentThread().isInterrupted())
                        .as("too late, %d of %d taken", taken.get(), given)
                        .isFalse();
                Thread.onSpinWait();
            }
        }
        takers.forEach(CompletableFuture::join);
        assertThat(available.get()).isZero();
        assertThat(waitingLine.isAwaited()).isFalse();
    }

    private void take(AtomicInteger available) {
        Supplier<Boolean> attempt = () -> available.getAndUpdate(left -> Math.max(0, left - 1)) > 0 ? true : null;
        try {
            if (waitingLine.isAwaited() || attempt.get() == null) {
                assertThat(waitingLine.await(attempt, () -> true, LONG)).isTrue();
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
