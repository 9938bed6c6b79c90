package io.github.belfry.internal.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.belfry.Signal;
import io.github.belfry.Stdio;
import io.github.belfry.WorkerProcess;
import io.github.belfry.support.OwnThread;
import io.github.belfry.support.TestPrograms;
import java.io.BufferedReader;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

public class WorkerSignalTest {
    private static WorkerProcess.Builder counter() {
        return WorkerProcess.command(TestPrograms.path("count_signals")).stdout(Stdio.PIPE);
    }

    @Test
    void aSignalReachesTheWorker() throws Exception {
        try (WorkerProcess worker = counter().start()) {
            BufferedReader reader = TestPrograms.reader(worker);
            assertThat(reader.readLine()).isEqualTo("ready");
            long self = ProcessHandle.current().pid();
            for (Signal signal : List.of(Signal.USR1, Signal.INT, Signal.rt(5), Signal.HUP)) {
                worker.signal(signal);
                assertThat(reader.readLine()).isEqualTo("signal " + signal.number() + " value 0 from " + self);
            }
        }
    }

    @Test
    void realTimeSignalsAreQueuedWithTheirValues() throws Exception {
        try (WorkerProcess worker = counter().start()) {
            BufferedReader reader = TestPrograms.reader(worker);
            assertThat(reader.readLine()).isEqualTo("ready");
            worker.signal(Signal.STOP);
            for (int value = 0; value < 100; value++) {
                worker.signal(Signal.rt(2), value - 50);
            }
            worker.signal(Signal.CONT);
            for (int value = 0; value < 100; value++) {
                String line = reader.readLine();
                assertThat(line.startsWith("signal 18 ") ? reader.readLine() : line)
                        .startsWith("signal 36 value " + (value - 50) + " from ");
            }
        }
    }

    @Test
    void aGroupIsSignalledAsAWhole() throws Exception {
        try (WorkerProcess worker = WorkerProcess.command(
                        "sh",
                        "-c",
                        "trap 'echo parent' USR1;"
                                + " (trap 'echo child; exit' USR1; echo ready; while :; do sleep 0.01; done) &"
                                + " while :; do wait; done")
                .processGroup(true)
                .stdout(Stdio.PIPE)
                .start()) {
            BufferedReader reader = TestPrograms.reader(worker);
            assertThat(reader.readLine()).isEqualTo("ready");
            worker.signalGroup(Signal.USR1);
            assertThat(List.of(reader.readLine(), reader.readLine())).containsExactlyInAnyOrder("parent", "child");
        }
    }

    @Test
    void thereIsNoGroupToSignalWithoutAnOwnOne() throws Exception {
        try (WorkerProcess worker = WorkerProcess.command("sleep", "60").start()) {
            assertThatThrownBy(() -> worker.signalGroup(Signal.TERM))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("group");
            assertThat(worker.isAlive()).isTrue();
        }
    }

    @Test
    void afterTheEndEverySignalIsRefused() throws Exception {
        WorkerProcess worker = WorkerProcess.command("true").processGroup(true).start();
        worker.waitFor();
        assertThatThrownBy(() -> worker.signal(Signal.USR1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("has ended: Exited[code=0]");
        assertThatThrownBy(() -> worker.signal(Signal.USR1, 1)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> worker.signalGroup(Signal.USR1)).isInstanceOf(IllegalStateException.class);
    }

    /**
     * Threads signal workers while these end, are reaped, and their pids and descriptor numbers are given to the next
     * ones. A signal that went astray would end a bystander, a later worker that isn't signalled.
     */
    @Test
    void aSignalThatRacesWithTheEndNeverReachesAnother() throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        List<WorkerProcess> targets = new java.util.concurrent.CopyOnWriteArrayList<>();
        List<CompletableFuture<Long>> senders = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            senders.add(CompletableFuture.supplyAsync(() -> signalAll(targets, done), OwnThread.PER_TASK));
        }
        List<WorkerProcess> bystanders = new ArrayList<>();
        try {
            for (int round = 0; round < 400; round++) {
                targets.add(WorkerProcess.command("true")
                        .processGroup(true)
                        .stdin(Stdio.PIPE)
                        .start());
                if (round % 10 == 0) {
                    bystanders.add(WorkerProcess.command("sleep", "600")
                            .dieWithParent(round % 20 == 0)
                            .start());
                }
                if (targets.size() > 20) {
                    targets.remove(0).waitFor();
                }
            }
            done.set(true);
            for (CompletableFuture<Long> sender : senders) {
                assertThat(sender.get()).isPositive();
            }
            assertThat(bystanders).allMatch(WorkerProcess::isAlive);
        } finally {
            done.set(true);
            for (WorkerProcess bystander : bystanders) {
                bystander.close();
            }
        }
    }

    private static long signalAll(List<WorkerProcess> targets, AtomicBoolean done) {
        long refused = 0;
        while (!done.get()) {
            for (WorkerProcess target : targets) {
                try {
                    target.signal(Signal.KILL);
                    target.signal(Signal.USR2, 1);
                    target.signalGroup(Signal.TERM);
                } catch (IllegalStateException e) {
                    refused++;
                }
            }
        }
        return refused;
    }
}
