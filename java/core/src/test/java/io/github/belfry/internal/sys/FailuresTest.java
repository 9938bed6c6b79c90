package io.github.belfry.internal.sys;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.support.Await;
import io.github.belfry.support.LogRecords;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FailuresTest {
    private final Failures failures = new Failures("the thread of the test");
    private final LogRecords log = new LogRecords();

    @AfterEach
    void close() {
        log.close();
    }

    @Test
    void theFirstOfEachKindIsLogged() throws Exception {
        RuntimeException first = new IllegalStateException("first");
        failures.log(first);
        failures.log(new IllegalStateException("second"));
        failures.log(new OutOfMemoryError("other"));
        Await.until("both kinds are logged", () -> log.messages().size() == 2);
        assertThat(log.messages())
                .containsExactlyInAnyOrder(
                        "the thread of the test goes on after java.lang.IllegalStateException: first",
                        "the thread of the test goes on after java.lang.OutOfMemoryError: other");
        assertThat(log.thrown()).contains(first);
    }

    @Test
    void theFirstOfAKindIsLoggedForEachWork() throws Exception {
        failures.log(new IllegalStateException());
        new Failures("another thread").log(new IllegalStateException());
        Await.until("both are logged", () -> log.messages().size() == 2);
    }

    @Test
    void thePausesDoubleFromOneMillisecondToOneSecond() {
        assertThat(LongStream.generate(failures::nextPauseNanos).limit(12).map(nanos -> nanos / 1_000_000))
                .containsExactly(1L, 2L, 4L, 8L, 16L, 32L, 64L, 128L, 256L, 512L, 1000L, 1000L);
        failures.succeeded();
        assertThat(failures.nextPauseNanos()).isEqualTo(1_000_000);
    }

    @Test
    void anInterruptedThreadPausesToo() throws Exception {
        Thread.currentThread().interrupt();
        long start = System.nanoTime();
        failures.pause(new IllegalStateException());
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(1_000_000);
        Await.until("it is logged", () -> log.messages().size() == 1);
    }
}
