package io.github.belfry.proofs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.belfry.Doorbell;
import io.github.belfry.Inside;
import io.github.belfry.PoolStats;
import io.github.belfry.SharedMapping;
import io.github.belfry.WorkerPool;
import io.github.belfry.internal.pool.Request;
import io.github.belfry.internal.pool.Slot;
import io.github.belfry.internal.ring.Layout;
import io.github.belfry.support.Await;
import io.github.belfry.support.Leftovers;
import io.github.belfry.support.Proof;
import io.github.belfry.support.Requests;
import io.github.belfry.support.Seed;
import io.github.belfry.support.TestPrograms;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A worker is killed at each single instruction of its way from sleep through a few requests back to sleep, one
 * instruction later in each incarnation: {@code c/tests/single_step.c} steps it there. In a normal build at each 61st.
 */
@Tag(Proof.TAG)
class EachInstructionTest {
    private static final int SWEEP_FD = 7;
    private static final int RING_BYTES = Layout.MIN_RING_BYTES;
    private static final int SMALL = 24;
    /** Its reply leaves 40 bytes in the ring, less than a small one takes. */
    private static final int LARGE = RING_BYTES - Layout.RING_RESERVE;

    /** What the worker does while it is stepped. */
    private enum Window {
        COPIED_REPLY("echo", Doorbell.ADAPTIVE, 1, SMALL, false),
        REPLY_IN_PLACE("upper", Doorbell.ADAPTIVE, 1, SMALL, false),
        SEVERAL_REQUESTS("upper", Doorbell.ADAPTIVE, 2, SMALL, false),
        A_BELL_FOR_EACH("echo", Doorbell.ALWAYS, 1, SMALL, false),
        REPLY_THAT_WRAPS("echo", Doorbell.ADAPTIVE, 1, LARGE, false),
        NO_ROOM_FOR_THE_REPLY("echo", Doorbell.ADAPTIVE, 1, LARGE, true);

        private final String worker;
        private final Doorbell doorbell;
        private final int requests;
        private final int before;
        private final boolean full;

        /** {@code before}: the size of a request answered before; {@code full}: its reply is taken late. */
        Window(String worker, Doorbell doorbell, int requests, int before, boolean full) {
            this.worker = worker;
            this.doorbell = doorbell;
            this.requests = requests;
            this.before = before;
            this.full = full;
        }
    }

    /** The words of {@code struct sweep}. */
    private enum Word {
        GO,
        KILL_AT,
        WANTED,
        BIRTH_AT,
        SENT,
        ARMED,
        FULL,
        KILLED,
        FINISHED,
        STEPS,
        IN_HAND,
        REPLIED,
        REFUSED
    }

    /** A request, its future, and the bytes and reads to expect. */
    private record Sent(Request<byte[]> request, CompletableFuture<byte[]> future, byte[] bytes, AtomicInteger reads) {}

    private static int sweeps;
    private static long instructions;
    private static long deaths;
    private static long answered;
    private static long redelivered;

    private final SplittableRandom random = Seed.random(EachInstructionTest.class);

    /** A pool: the worker in slot 0 is stepped and killed, the other has to go on undisturbed. */
    private final class Sweep implements AutoCloseable {
        private final Window window;
        private final SharedMapping shared;
        private final WorkerPool pool;
        private final Slot slot;
        private final Slot other;
        private final long otherPid;
        private long kills;
        private long sent;
        private long again;
        private long others;
        private final AtomicInteger reads = new AtomicInteger();

        Sweep(Window window, int workers) throws Exception {
            this.window = window;
            shared = SharedMapping.anonymous("belfry-sweep", 4096);
            pool = WorkerPool.command(
                            TestPrograms.path("single_step"), TestPrograms.path("../workers/" + window.worker))
                    .name("sweep-" + window)
                    .workers(workers)
                    .ringBytes(window.full ? 2 * RING_BYTES : RING_BYTES) // room for more requests, and for no reply
                    .replyRingBytes(RING_BYTES)
                    .doorbell(window.doorbell)
                    .spin(Duration.ZERO)
                    .maxAttempts(2)
                    .startTimeout(Duration.ofMinutes(5)) // stepped, beside other work, a start takes its time
                    .process(process -> process.passMapping(SWEEP_FD, shared))
                    .start();
            slot = Inside.of(pool).slots().get(0);
            other = Inside.of(pool).slots().get(workers - 1);
            otherPid = other.incarnation().pid();
        }

        private long get(Word word) {
            return (long) Layout.LONG.getAcquire(shared.buffer(), word.ordinal() * Long.BYTES);
        }

        private void set(Word word, long value) {
            Layout.LONG.setRelease(shared.buffer(), word.ordinal() * Long.BYTES, value);
        }

        private String describe() {
            StringBuilder text = new StringBuilder(window.toString());
            for (Word word : Word.values()) {
                text.append(", ").append(word).append(' ').append(get(word));
            }
            return text.append(", ").append(pool.stats()).toString();
        }

        /** To this slot and no other. */
        private Sent send(Slot to, int size) throws Exception {
            byte[] bytes = new byte[size];
            for (int i = 0; i < size; i++) {
                bytes[i] = (byte) ('a' + random.nextInt(26));
            }
            CompletableFuture<byte[]> future = new CompletableFuture<>();
            AtomicInteger own = new AtomicInteger();
            Request<byte[]> request = new Request<>(
                    0,
                    size,
                    reply -> {
                        own.incrementAndGet();
                        reads.incrementAndGet();
                        return Requests.copy(reply);
                    },
                    future);
            Await.until("room", () -> to.writer().hasRoom(size) && to.tryReserve());
            to.writer().body(size).put(bytes);
            to.publish(request, to.nextId());
            sent++;
            return new Sent(request, future, bytes, own);
        }

        private void check(Sent of) throws Exception {
            byte[] expected = window.worker.equals("upper")
                    ? new String(of.bytes, StandardCharsets.US_ASCII)
                            .toUpperCase(Locale.ROOT)
                            .getBytes(StandardCharsets.US_ASCII)
                    : of.bytes;
            assertThat(of.future.get(30, TimeUnit.SECONDS)).isEqualTo(expected);
            assertThat(of.reads).hasValue(1);
        }

        private void ask(Slot to, int size) throws Exception {
            check(send(to, size));
        }

        /** A worker that is stepped, or gets no processor, seems to stand: what waits for it would move to this one. */
        private void keepOut(Slot which) throws Exception {
            if (other != slot) {
                Await.until("the slot is kept free", which::tryReserve);
            }
        }

        private void letIn(Slot which) {
            if (other != slot) {
                which.unreserve(0);
            }
        }

        private void askOther() throws Exception {
            keepOut(slot);
            ask(other, SMALL);
            others++;
            letIn(slot);
        }

        /** One incarnation. False when the worker fell asleep before {@code killAt} instructions. */
        private boolean live(long killAt) throws Exception {
            askOther();
            keepOut(other);
            if (window.full) {
                // With the lock taken before, no worker could start.
                Await.until("a worker, and the consumer lock", () -> slot.isServing() && slot.tryConsume());
            }
            Sent before = send(slot, window.before);
            if (window.full) {
                Await.until("a reply", slot::hasUnread);
            } else {
                check(before);
            }
            long incarnation = slot.requests().get(Layout.REQUESTS_INCARNATION);

            set(Word.KILL_AT, killAt);
            set(Word.WANTED, window.requests * Layout.recordBytes(SMALL));
            awaitArmed(incarnation);
            List<Sent> requests = new ArrayList<>();
            for (int i = 0; i < window.requests; i++) {
                requests.add(send(slot, SMALL));
            }
            set(Word.SENT, incarnation);
            if (window.full) {
                Await.until(this::describe, () -> get(Word.FULL) == incarnation || get(Word.KILLED) == incarnation);
                slot.stopConsuming();
                Inside.of(pool).unread(slot);
                check(before);
            }
            Await.until(this::describe, () -> get(Word.KILLED) == incarnation || get(Word.FINISHED) == incarnation);
            for (Sent request : requests) {
                check(request);
            }
            boolean killed = get(Word.KILLED) == incarnation;
            if (killed) {
                kills++;
                Await.until(this::describe, () -> pool.stats().workers().get(0).deaths() == kills);
            }
            letIn(other);
            checkBlame(requests, killed);
            return killed;
        }

        /**
         * Two lives: the first is killed asleep, with a request waiting, and the second {@code killAt} instructions
         * after its first look at the rings. False when the second fell asleep before.
         */
        private boolean beBorn(long killAt) throws Exception {
            ask(slot, SMALL);
            keepOut(other);
            long asleep = slot.requests().get(Layout.REQUESTS_INCARNATION);
            long born = asleep + 1;
            set(Word.KILL_AT, 0);
            set(Word.WANTED, Layout.recordBytes(SMALL));
            set(Word.BIRTH_AT, killAt + 1);
            awaitArmed(asleep);
            Sent request = send(slot, SMALL);
            set(Word.SENT, asleep);
            Await.until(this::describe, () -> get(Word.KILLED) == born || get(Word.FINISHED) == born);
            check(request);
            boolean killed = get(Word.KILLED) == born;
            kills += killed ? 2 : 1;
            Await.until(this::describe, () -> pool.stats().workers().get(0).deaths() == kills);
            letIn(other);
            checkBlame(List.of(request), killed);
            return killed;
        }

        private void awaitArmed(long incarnation) throws Exception {
            set(Word.GO, incarnation);
            Await.until(this::describe, () -> get(Word.ARMED) == incarnation || get(Word.REFUSED) != 0);
            assumeTrue(get(Word.REFUSED) == 0, () -> "ptrace is refused here, errno " + get(Word.REFUSED));
        }

        /** The request that was in hand at the death and not replied, and no other, has a second attempt. */
        private void checkBlame(List<Sent> requests, boolean killed) {
            long replied = get(Word.REPLIED) / Layout.recordBytes(SMALL);
            for (int i = 0; i < requests.size(); i++) {
                Request<byte[]> request = requests.get(i).request;
                boolean blamed = killed && i == replied && request.end() == get(Word.IN_HAND);
                int record = slot.requests().offset(request.start());
                assertThat(slot.requests().bytes().getInt(record + Layout.RECORD_ATTEMPT))
                        .as("%s: attempt of request %d, %s", this, i, describe())
                        .isEqualTo(blamed ? 2 : 1);
                again += killed && i >= replied ? 1 : 0;
            }
        }

        private void checkAll() {
            PoolStats stats = pool.stats();
            assertThat(kills).isPositive();
            assertThat(reads).hasValue((int) sent);
            assertThat(stats.workers().get(0).deaths()).isEqualTo(kills);
            assertThat(stats.workers().get(0).answered()).isEqualTo(sent - others);
            assertThat(stats.total().inFlight()).isZero();
            assertThat(stats.total().rescues()).isZero();
            if (other != slot) {
                assertThat(stats.workers().get(1).deaths()).isZero();
                assertThat(stats.workers().get(1).pid()).isEqualTo(otherPid);
                assertThat(stats.workers().get(1).answered()).isEqualTo(others);
            }
        }

        @Override
        public void close() {
            pool.close();
            shared.close();
        }
    }

    @ParameterizedTest
    @EnumSource(Window.class)
    void aWorkerMayDieBetweenSleepAndSleep(Window window) throws Exception {
        Leftovers leftovers = Leftovers.before(WorkerPool.bundled("echo").workers(1));
        try (Sweep sweep = new Sweep(window, 2)) {
            sweepAll(sweep, Proof.times(61, 1), sweep::live);
        }
        leftovers.awaitAgain();
    }

    /** Each such death costs a back-off, so not at each instruction. */
    @Test
    void aWorkerMayDieWhileItStarts() throws Exception {
        Leftovers leftovers = Leftovers.before(WorkerPool.bundled("echo").workers(1));
        try (Sweep sweep = new Sweep(Window.COPIED_REPLY, 1)) {
            sweepAll(sweep, Proof.times(2999, 101), sweep::beBorn);
        }
        leftovers.awaitAgain();
    }

    private interface Death {
        boolean at(long instruction) throws Exception;
    }

    private void sweepAll(Sweep sweep, int stride, Death death) throws Exception {
        long start = System.nanoTime();
        long killAt = random.nextInt(stride);
        while (death.at(killAt)) {
            killAt += stride;
        }
        long steps = sweep.get(Word.STEPS);
        System.out.printf(
                "%s: %d instructions, %d deaths, %d requests of which %d again, in %.1f s%n",
                sweep.window, steps, sweep.kills, sweep.sent, sweep.again, (System.nanoTime() - start) / 1e9);
        sweep.checkAll();
        sweeps++;
        instructions += steps;
        deaths += sweep.kills;
        answered += sweep.sent;
        redelivered += sweep.again;
    }

    @AfterAll
    static void count() {
        if (sweeps == Window.values().length + 1) {
            Proof.counted(
                    "crash",
                    "%,d deaths along %,d instructions, in start-up and %d ways through a request: each of %,d requests"
                            + " answered once, %,d after another attempt, 0 lost, 0 doubled, 0 other workers affected",
                    deaths,
                    instructions,
                    sweeps - 1,
                    answered,
                    redelivered);
        }
    }
}
