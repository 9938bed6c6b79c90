package io.github.belfry.internal.ring;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.Doorbell;
import io.github.belfry.Inside;
import io.github.belfry.Signal;
import io.github.belfry.Stdio;
import io.github.belfry.WorkerProcess;
import io.github.belfry.support.OwnThread;
import io.github.belfry.support.TestPrograms;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When a worker is signalled; {@code count_signals} prints each signal. */
class RingerTest {
    private WorkerProcess worker;
    private BufferedReader said;
    private RingMemory replies;

    @BeforeEach
    void start() throws IOException {
        replies = RingMemory.requests("test-replies", Layout.MIN_RING_BYTES);
        worker = WorkerProcess.command(TestPrograms.path("count_signals"))
                .stdout(Stdio.PIPE)
                .start();
        said = TestPrograms.reader(worker);
        assertThat(said.readLine()).isEqualTo("ready");
    }

    @AfterEach
    void end() {
        worker.close();
        replies.close();
    }

    private Ringer ringer(Doorbell doorbell) {
        return new Ringer(doorbell, replies, () -> Inside.of(worker).ring(Signal.USR1));
    }

    /** How many SIGUSR1 came since the last time. A real-time signal comes after all that were sent before it. */
    private int heard() throws IOException {
        worker.signal(Signal.rt(1));
        int count = 0;
        for (String line = said.readLine(); !line.startsWith("signal 35 "); line = said.readLine()) {
            assertThat(line).startsWith("signal " + Signal.USR1.number() + " ");
            count++;
        }
        return count;
    }

    private void sleeps(long number) {
        replies.set(Layout.WORKER_SLEEP, number);
    }

    @Test
    void aWorkerThatIsBusyIsNeverRung() throws IOException {
        Ringer ringer = ringer(Doorbell.ADAPTIVE);
        for (long number = 0; number < 20; number += 2) {
            sleeps(number);
            assertThat(ringer.isAsleep()).isFalse();
            ringer.requestPublished();
            ringer.ringSleeper();
        }
        assertThat(heard()).isZero();
    }

    @Test
    void eachSleepIsRungOnce() throws IOException {
        Ringer ringer = ringer(Doorbell.ADAPTIVE);
        for (long number : new long[] {1, 3, 5, 9, Long.MAX_VALUE, -1}) {
            sleeps(number);
            assertThat(ringer.isAsleep()).isTrue();
            ringer.requestPublished();
            assertThat(heard()).as("sleep %d", number).isEqualTo(1);
            ringer.requestPublished();
            ringer.ringSleeper();
            assertThat(heard()).as("sleep %d, again", number).isZero();
        }
    }

    @Test
    void roomForRepliesRingsASleeperToo() throws IOException {
        Ringer ringer = ringer(Doorbell.ADAPTIVE);
        sleeps(1);
        ringer.ringSleeper();
        assertThat(heard()).isEqualTo(1);
    }

    @Test
    void alwaysRingsForEachRequestAndOnceForRoom() throws IOException {
        Ringer ringer = ringer(Doorbell.ALWAYS);
        for (int i = 0; i < 5; i++) {
            ringer.requestPublished();
            assertThat(heard()).isEqualTo(1);
            ringer.ringSleeper();
            assertThat(heard()).isZero();
        }
        sleeps(1);
        ringer.ringSleeper();
        assertThat(heard()).isEqualTo(1);
        ringer.ringSleeper();
        assertThat(heard()).isZero();
        ringer.requestPublished();
        assertThat(heard()).isEqualTo(1);
    }

    @Test
    void spinNeverRings() throws IOException {
        Ringer ringer = ringer(Doorbell.SPIN);
        sleeps(1);
        ringer.requestPublished();
        ringer.ringSleeper();
        assertThat(heard()).isZero();
    }

    @Test
    void ringSignalsInEveryDoorbellMode() throws IOException {
        for (Doorbell doorbell : Doorbell.values()) {
            ringer(doorbell).ring();
            assertThat(heard()).as("%s", doorbell).isEqualTo(1);
        }
    }

    /** A submitter and the reader of replies see the same sleep at the same time. */
    @Test
    void ofTwoThreadsThatSeeOneSleepOneRings() throws IOException {
        int rounds = 3_000;
        Ringer ringer = ringer(Doorbell.ADAPTIVE);
        AtomicInteger round = new AtomicInteger();
        AtomicInteger done = new AtomicInteger();
        CompletableFuture<Void> other = CompletableFuture.runAsync(
                () -> {
                    for (int mine = 1; mine <= rounds; mine++) {
                        while (round.get() < mine) {
                            Thread.onSpinWait();
                        }
                        ringer.requestPublished();
                        done.set(mine);
                    }
                },
                OwnThread.PER_TASK);
        int heard = 0;
        for (int mine = 1; mine <= rounds; mine++) {
            sleeps(2L * mine + 1);
            round.set(mine);
            ringer.ringSleeper();
            while (done.get() < mine) {
                Thread.onSpinWait();
            }
            heard += heard();
        }
        other.join();
        assertThat(heard).isEqualTo(rounds);
    }

    @Test
    void aWorkerThatHasEndedNeedsNoBell() throws Exception {
        Ringer ringer = ringer(Doorbell.ADAPTIVE);
        sleeps(1);
        worker.signal(Signal.KILL);
        worker.waitFor();
        ringer.requestPublished();
        ringer.ring();
    }
}
