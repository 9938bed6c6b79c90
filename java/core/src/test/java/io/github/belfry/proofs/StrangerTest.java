package io.github.belfry.proofs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.Doorbell;
import io.github.belfry.Inside;
import io.github.belfry.Signal;
import io.github.belfry.Stdio;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerPool;
import io.github.belfry.WorkerProcess;
import io.github.belfry.internal.pool.Incarnation;
import io.github.belfry.internal.pool.Slot;
import io.github.belfry.internal.sys.Native;
import io.github.belfry.support.Await;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.PidNamespace;
import io.github.belfry.support.ProcFs;
import io.github.belfry.support.Proof;
import io.github.belfry.support.Requests;
import io.github.belfry.support.TestPrograms;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A worker ends, a stranger gets its pid, its group's number and its descriptor's, and each method that sends signals
 * is called: the stranger gets none. In a pid namespace, where the next pid can be chosen.
 */
@Tag(Proof.TAG)
class StrangerTest {
    private static final int STRANGERS = Proof.times(4, 100);
    private static final String WITH_PIDFDS = "";
    private static final Pattern REPORT = Pattern.compile("(\\d+) stale sends, (\\d+) signals\n");

    @ParameterizedTest
    @ValueSource(strings = {WITH_PIDFDS, "pidfd_open,pidfd_send_signal"})
    void nothingReachesAStrangerWithTheSameNumbers(String refused) throws Exception {
        OtherVm vm = OtherVm.java(RecyclingMain.class).prepend(PidNamespace.command());
        if (!refused.isEmpty()) {
            vm.prepend(TestPrograms.path("refuse"), "38", refused);
        }
        String output = OtherVm.run(vm.argument(Integer.toString(STRANGERS)));
        Matcher report = REPORT.matcher(output);
        assertThat(report.matches()).as(output).isTrue();
        assertThat(report.group(2)).isEqualTo("0");
        Proof.counted(
                "strangers",
                "%,d stale sends%s to the numbers of %d ended workers, each a stranger's by then: 0 signals",
                Integer.parseInt(report.group(1)),
                refused.isEmpty() ? "" : " without pidfds",
                STRANGERS);
    }

    static final class RecyclingMain {
        private static final Path LAST_PID = Path.of("/proc/sys/kernel/ns_last_pid");
        private static final Path TASKS = Path.of("/proc/self/task");
        private static final int MAX_TAKEN = 20;
        private static final List<Signal> SIGNALS = List.of(Signal.USR1, Signal.INT, Signal.rt(3), Signal.KILL);

        private int sends;
        private long signals;

        public static void main(String[] args) throws Exception {
            RecyclingMain recycling = new RecyclingMain();
            // While it runs, the library's threads and its keeper stay, and take no numbers.
            try (WorkerProcess lasting = WorkerProcess.command("sleep", "600").start()) {
                for (int i = 0; i < Integer.parseInt(args[0]) / 2; i++) {
                    repeatIfTaken(recycling::sendByProcess);
                    repeatIfTaken(recycling::sendByPool);
                }
                assertThat(lasting.isAlive()).isTrue();
            }
            System.out.printf("%d stale sends, %d signals%n", recycling.sends, recycling.signals);
        }

        private interface Round {
            void run() throws Exception;
        }

        /** The VM starts threads of its own at any time, to compile and to collect garbage, and keeps them. */
        private static final class TakenByThreadException extends Exception {
            private static final long serialVersionUID = 1;

            TakenByThreadException(long pid) {
                super("a thread of this VM has got the number " + pid);
            }
        }

        /** Until no thread gets the number of the round's worker. */
        private static void repeatIfTaken(Round round) throws Exception {
            for (int taken = 0; ; taken++) {
                try {
                    round.run();
                    return;
                } catch (TakenByThreadException e) {
                    assertThat(taken).as(e.getMessage()).isLessThan(MAX_TAKEN);
                }
            }
        }

        private void sendByProcess() throws Exception {
            WorkerProcess worker =
                    WorkerProcess.command("sleep", "600").processGroup(true).start();
            int[] pidfd = {-1};
            Inside.of(worker).withPidfd(fd -> pidfd[0] = fd);
            worker.signal(Signal.KILL);
            worker.waitFor();
            try (Stranger stranger = new Stranger(worker.pid(), pidfd[0])) {
                for (Signal signal : SIGNALS) {
                    attempt(() -> worker.signal(signal));
                    attempt(() -> worker.signal(signal, 1));
                    attempt(() -> worker.signalGroup(signal));
                    attempt(() -> Inside.of(worker).ring(signal));
                    attempt(() -> Inside.of(worker).signalToEnd(signal));
                }
                attempt(worker::close);
                signals += stranger.signals();
            }
        }

        /** Under the consumer lock no new incarnation takes the dead one's place. */
        private void sendByPool() throws Exception {
            try (WorkerPool pool = Requests.crash().doorbell(Doorbell.ALWAYS).start()) {
                Slot slot = Inside.of(pool).slots().get(0);
                Await.until("the lock", slot::tryConsume);
                try {
                    Incarnation incarnation = slot.incarnation();
                    int[] pidfd = {-1};
                    incarnation.child().withPidfd(fd -> pidfd[0] = fd);
                    incarnation.child().ring(Signal.KILL);
                    incarnation.child().await();
                    try (Stranger stranger = new Stranger(incarnation.pid(), pidfd[0])) {
                        for (Signal signal : SIGNALS) {
                            attempt(() -> pool.signalAll(signal));
                            attempt(() -> incarnation.signalToEnd(signal));
                            attempt(() -> pool.offer(new byte[1]));
                            attempt(() -> incarnation.ringer().requestPublished());
                        }
                        attempt(incarnation::kill);
                        signals += stranger.signals();
                    }
                } finally {
                    slot.stopConsuming();
                }
            }
        }

        private void attempt(Runnable send) {
            sends++;
            try {
                send.run();
            } catch (IllegalStateException itHasEnded) {
                // As it should be.
            }
        }

        /** Has the number that a worker had, and leads a group of that number; the worker's descriptor is its pidfd. */
        private static final class Stranger implements AutoCloseable {
            private final WorkerProcess process;
            private final BufferedReader reader;
            private final List<Integer> descriptors = new ArrayList<>();

            Stranger(long pid, int formerPidfd) throws Exception {
                boolean kept = keep(formerPidfd);
                try {
                    process = startAs(pid);
                } catch (Throwable e) {
                    descriptors.forEach(Native::close);
                    throw e;
                }
                reader = TestPrograms.reader(process);
                assertThat(reader.readLine()).isEqualTo("ready");
                if (kept) {
                    Native.close(descriptors.remove(descriptors.size() - 1));
                    descriptors.add(Native.pidfdOpen((int) process.pid()));
                }
            }

            /** So that no pipe of the start gets the number; false if the number is taken already. */
            private boolean keep(int number) {
                int taken = -1;
                while (taken < number) {
                    taken = Native.eventfdCreate();
                    descriptors.add(taken);
                }
                return number >= 0 && taken == number;
            }

            /** Tries again when a thread has taken the number and is gone. */
            private static WorkerProcess startAs(long pid) throws Exception {
                for (int tries = 0; tries < 100; tries++) {
                    Files.writeString(LAST_PID, Long.toString(pid - 1));
                    WorkerProcess process = WorkerProcess.command(TestPrograms.path("count_signals"))
                            .processGroup(true)
                            .stdout(Stdio.PIPE)
                            .start();
                    if (process.pid() == pid) {
                        return process;
                    }
                    process.close();
                    if (Files.exists(TASKS.resolve(Long.toString(pid)))) {
                        throw new TakenByThreadException(pid);
                    }
                }
                throw new AssertionError("no process gets the pid " + pid + ", which is "
                        + ProcFs.state(pid).map(state -> "taken: " + state).orElse("free"));
            }

            /** How many signals the stranger has got; asserts that it lives. */
            long signals() throws Exception {
                assertThat(ProcFs.isRunning(process.pid()))
                        .as("the stranger lives")
                        .isTrue();
                process.signal(Signal.TERM);
                long count = reader.lines().count();
                assertThat(process.waitFor()).isEqualTo(new WorkerExit.Exited(0));
                return count;
            }

            @Override
            public void close() {
                process.close();
                descriptors.forEach(Native::close);
            }
        }
    }
}
