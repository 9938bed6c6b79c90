package io.github.belfry;

import static org.assertj.core.api.Assertions.assertThat;

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
class RoomTest {
    /** Longer than a test may take: a wait for so long is a hang. */
    private static final long LONG = TimeUnit.HOURS.toNanos(1);

    private final Room room = new Room();

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
                got.complete(String.valueOf(room.await(attempt, worthwhile::get, LONG)));
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
        assertThat(room.await(() -> "place", () -> true, LONG)).isEqualTo("place");
        assertThat(room.isAwaited()).isFalse();
    }

    @Test
    void aWaiterIsSeenAndTriesAgainWhenSomethingChanged() throws Exception {
        AtomicInteger tries = new AtomicInteger();
        Waiter waiter = new Waiter(() -> tries.incrementAndGet() == 3 ? "place" : null, ALWAYS);
        waiter.awaitAsleep();
        assertThat(room.isAwaited()).isTrue();
        room.changed();
        Await.until("the second try", () -> tries.get() == 2);
        waiter.awaitAsleep();
        room.changed();
        assertThat(waiter.got.get()).isEqualTo("place");
        waiter.join();
        assertThat(room.isAwaited()).isFalse();
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
            assertThat(room.await(never, () -> true, nanos)).isNull();
            assertThat(tries).hasPositiveValue();
            assertThat(room.isAwaited()).isFalse();
        }
    }

    @Test
    void aWaiterGivesUpBehindAnotherWhenItsTimeIsOver() throws Exception {
        Waiter first = new Waiter(() -> null, ALWAYS);
        first.awaitAsleep();
        assertThat(room.await(() -> "place", () -> true, 1_000_000)).isNull();
        assertThat(room.isAwaited()).isTrue();
    }

    @Test
    void aWaitThatIsNoLongerWorthwhileEnds() throws Exception {
        AtomicBoolean worthwhile = new AtomicBoolean(true);
        Waiter waiter = new Waiter(() -> null, worthwhile);
        waiter.awaitAsleep();
        worthwhile.set(false);
        room.changed();
        assertThat(waiter.got.get()).isEqualTo("null");
    }

    /** Each gets one place; no waiter overtakes another. */
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
                        return "place";
                    },
                    ALWAYS);
            waiter.awaitAsleep();
            waiters.add(waiter);
        }
        for (Waiter waiter : waiters) {
            assertThat(room.isAwaited()).isTrue();
            available.incrementAndGet();
            room.changed();
            assertThat(waiter.got.get()).isEqualTo("place");
        }
        assertThat(order).containsExactly(0, 1, 2, 3, 4);
        waiters.get(4).join();
        assertThat(room.isAwaited()).isFalse();
    }

    @Test
    void anInterruptEndsTheWaitAndTheNextOneGetsItsTurn() throws Exception {
        Waiter first = new Waiter(() -> null, ALWAYS);
        first.awaitAsleep();
        Waiter second = new Waiter(() -> "place", ALWAYS);
        second.awaitAsleep();
        first.interrupt();
        assertThat(first.got)
                .failsWithin(30, TimeUnit.SECONDS)
                .withThrowableOfType(ExecutionException.class)
                .withCauseInstanceOf(InterruptedException.class);
        assertThat(second.got.get()).isEqualTo("place");
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
            room.changed();
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
        assertThat(room.isAwaited()).isFalse();
    }

    private void take(AtomicInteger available) {
        Supplier<Boolean> attempt = () -> available.getAndUpdate(left -> Math.max(0, left - 1)) > 0 ? true : null;
        try {
            if (room.isAwaited() || attempt.get() == null) {
                assertThat(room.await(attempt, () -> true, LONG)).isTrue();
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
