package io.github.belfry.proofs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.ResourceLimit;
import io.github.belfry.Signal;
import io.github.belfry.WorkerDiedException;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerPool;
import io.github.belfry.support.Proof;
import io.github.belfry.support.Requests;
import io.github.belfry.support.Seed;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Of many requests a few kill each worker that tries them: they are given up in time, all others are answered. */
@Tag(Proof.TAG)
class PoisonTest {
    private static final int POISON_IN = 100;
    private static final int MAX_ATTEMPTS = 3;
    private static final int IN_FLIGHT = 2000;

    /** By a signal or with an exit status, also 0. */
    private static final List<String> HOW = Stream.concat(
                    Stream.of(
                                    Signal.KILL,
                                    Signal.SEGV,
                                    Signal.ABRT,
                                    Signal.BUS,
                                    Signal.FPE,
                                    Signal.ILL,
                                    Signal.TRAP,
                                    Signal.PIPE,
                                    Signal.TERM,
                                    Signal.HUP)
                            .map(signal -> "signal " + signal.number()),
                    Stream.of(0, 1, 42, 255).map(status -> "exit " + status))
            .toList();

    @TempDir
    private Path directory;

    private final Map<Integer, Throwable> failures = new ConcurrentHashMap<>();
    private final AtomicReference<String> wrong = new AtomicReference<>();

    @Test
    void eachPoisonIsTriedMaxAttemptsTimesAndOtherRequestsAreAnswered() throws Exception {
        int requests = Proof.times(2_000, 100_000);
        AtomicIntegerArray completions = new AtomicIntegerArray(requests);
        Path notes = directory.resolve("notes");
        int first = Seed.random(PoisonTest.class).nextInt(POISON_IN);
        List<Integer> poisons = IntStream.range(0, requests)
                .filter(number -> isPoison(number, first))
                .boxed()
                .toList();
        try (WorkerPool pool = Requests.poolWorker()
                .name("poisoned")
                .workers(4)
                .maxAttempts(MAX_ATTEMPTS)
                .process(process -> process.limit(ResourceLimit.CORE, 0, 0))
                .start()) {
            Semaphore inFlight = new Semaphore(IN_FLIGHT);
            for (int i = 0; i < requests; i++) {
                int number = i;
                inFlight.acquire();
                byte[] request =
                        isPoison(number, first) ? poison(notes, number) : Requests.bytes("x".repeat(number % 500));
                send(pool, number, request, isPoison(number, first)).whenComplete((reply, failure) -> {
                    completions.incrementAndGet(number);
                    inFlight.release();
                });
            }
            assertThat(inFlight.tryAcquire(IN_FLIGHT, 60, TimeUnit.SECONDS)).isTrue();
            assertThat(wrong.get()).isNull();
            assertThat(IntStream.range(0, requests).map(completions::get)).containsOnly(1);
            assertThat(failures.keySet()).containsExactlyInAnyOrderElementsOf(poisons);
            failures.forEach(PoisonTest::assertDiedAsToldTo);
            assertThat(pool.stats().total().deaths()).isEqualTo((long) MAX_ATTEMPTS * poisons.size());
            assertThat(pool.stats().total().answered()).isEqualTo(requests - poisons.size());
            assertThat(pool.stats().total().inFlight()).isZero();
        }
        assertThat(attemptsNoted(notes))
                .hasSize(poisons.size())
                .allSatisfy((number, attempts) -> assertThat(attempts).containsExactly(1, 2, 3));
        Proof.counted(
                "poison",
                "%,d of %,d requests kill their worker in %d ways: %,d deaths, each tried %d times; "
                        + "%,d others answered, 0 failed",
                poisons.size(),
                requests,
                HOW.size(),
                MAX_ATTEMPTS * poisons.size(),
                MAX_ATTEMPTS,
                requests - poisons.size());
    }

    private static boolean isPoison(int number, int first) {
        return number % POISON_IN == first;
    }

    private static byte[] poison(Path notes, int number) {
        return Requests.bytes("poison " + notes + " " + number + " " + how(number));
    }

    private static String how(int number) {
        return HOW.get(number / POISON_IN % HOW.size());
    }

    /** The worker replies what it was given; a request that is answered has its first attempt. */
    private CompletableFuture<Boolean> send(WorkerPool pool, int number, byte[] request, boolean poison) {
        String right = "type " + number + " attempt 1 size " + request.length;
        return pool.submit(number, request.length, buffer -> buffer.put(request), reply -> {
                    String text = Requests.text(Requests.copy(reply));
                    if (poison || !text.equals(right)) {
                        wrong.compareAndSet(null, text + " to request " + number);
                    }
                    return true;
                })
                .whenComplete((reply, failure) -> {
                    if (failure != null) {
                        failures.put(number, failure);
                    }
                });
    }

    private static void assertDiedAsToldTo(int number, Throwable failure) {
        assertThat(failure).isInstanceOfSatisfying(WorkerDiedException.class, died -> {
            assertThat(died.attempts()).isEqualTo(MAX_ATTEMPTS);
            assertThat(describe(died.exit())).isEqualTo(how(number));
        });
    }

    private static String describe(WorkerExit exit) {
        if (exit instanceof WorkerExit.Signaled signaled) {
            return "signal " + signaled.signal().number();
        }
        return exit instanceof WorkerExit.Exited exited ? "exit " + exited.code() : exit.toString();
    }

    /** What the workers wrote down before they died, in that order. */
    private static Map<Integer, List<Integer>> attemptsNoted(Path notes) throws Exception {
        try (Stream<String> lines = Files.lines(notes)) {
            return lines.map(line -> line.split(" "))
                    .collect(Collectors.groupingBy(
                            words -> Integer.valueOf(words[0]),
                            Collectors.mapping(words -> Integer.valueOf(words[1]), Collectors.toList())));
        }
    }
}
