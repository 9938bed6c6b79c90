package io.github.belfry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** {@code belfry signal-send}: which process gets which signal, and that none is left. */
@Tag("once")
class SignalSendIT {
    private static final String CTRL_C = "\u0003";

    @Test
    void ctrlCEndsTheMasterAndItsTenWorkers() throws Exception {
        try (Run terminal = Run.inTerminal(BelfryJar.shell("signal-send"))) {
            terminal.awaitLines(10, "get signal");
            ProcessHandle master = terminal.child();
            assertThat(isForeground(master.pid()))
                    .as("the terminal's Ctrl+C reaches the master")
                    .isTrue();
            assertThat(master.children()).hasSize(10).noneMatch(worker -> isForeground(worker.pid()));
            assertThat(terminal.processes())
                    .as("script, the master and its workers")
                    .hasSize(12);

            terminal.type(CTRL_C);

            assertThat(terminal.status()).isEqualTo(130);
            assertThat(exits(terminal)).hasSize(10).allMatch(line -> line.matches("\\d+ exited with 0"));
            assertThat(terminal.processes()).isEmpty();
        }
    }

    @Test
    void eachWorkerGetsOneSigintHoweverOftenCtrlCIsTyped() throws Exception {
        String counter = BelfryJar.testProgram("count_signals");
        try (Run terminal = Run.inTerminal(BelfryJar.shell("signal-send", "-n", "3", counter))) {
            terminal.awaitLines(3, "signal 10 ");
            terminal.type(CTRL_C);
            terminal.awaitLines(3, "signal 2 ");
            terminal.type(CTRL_C);

            // It ends on the SIGTERM that follows, with the number of SIGINTs.
            assertThat(terminal.status()).isEqualTo(130);
            assertThat(exits(terminal)).hasSize(3).allMatch(line -> line.endsWith("exited with 1"));
        }
    }

    @Test
    void sigtermDoesWhatCtrlCDoes() throws Exception {
        expectEndBy("TERM", 143);
    }

    @Test
    void sighupDoesWhatCtrlCDoes() throws Exception {
        expectEndBy("HUP", 129);
    }

    private static void expectEndBy(String signal, int status) throws Exception {
        try (Run send = Run.of(BelfryJar.command("signal-send", "-n", "2"))) {
            send.awaitLines(2, "get signal");
            send.signal(signal);
            assertThat(send.status()).isEqualTo(status);
            assertThat(exits(send)).hasSize(2).allMatch(line -> line.endsWith("exited with 0"));
            assertThat(send.processes()).isEmpty();
        }
    }

    @Test
    void aTerminalThatIsClosedLeavesNoProcess() throws Exception {
        try (Run terminal = Run.inTerminal(BelfryJar.shell("signal-send", "-n", "3"))) {
            terminal.awaitLines(3, "get signal");
            ProcessHandle master = terminal.child();
            Run.signal("KILL", terminal.pid());
            awaitEnd(List.of(master));
            assertThat(terminal.processes()).isEmpty();
        }
    }

    @Test
    void aMasterThatIsKilledLeavesNoProcess() throws Exception {
        try (Run send = Run.of(BelfryJar.command("signal-send", "-n", "3"))) {
            send.awaitLines(3, "get signal");
            List<ProcessHandle> workers = send.processes();
            send.signal("KILL");
            awaitEnd(workers);
            assertThat(send.processes()).isEmpty();
        }
    }

    /** The first worker sends SIGINT to the master, which is busy starting the others. */
    @Test
    void ctrlCInTheMiddleOfStartingLeavesNoProcessAndStartsNoMore() throws Exception {
        String shell = "echo up $$; kill -INT $PPID; exec sleep 1000";
        try (Run send = Run.of(BelfryJar.command("signal-send", "-n", "500", "sh", "-c", shell))) {
            assertThat(send.status()).isEqualTo(130);
            assertThat(send.processes()).isEmpty();
            assertThat(send.output()).doesNotContain("Exception");
            List<String> ends = exits(send);
            assertThat(ends).hasSizeBetween(1, 499).allMatch(line -> line.endsWith("killed by SIGINT"));
            assertThat(ends)
                    .containsAll(send.output()
                            .lines()
                            .filter(line -> line.startsWith("up "))
                            .map(line -> line.substring(3) + " killed by SIGINT")
                            .toList());
        }
    }

    @Test
    void aShellThatRunsTheWorkerDoesNotLeaveItBehind() throws Exception {
        // Without the trap it would die of SIGUSR1, which it unblocks, before the SIGINT. The child says when it is up:
        // dash ignores a SIGINT between the vfork and the execve of its own.
        String shell = "trap '' USR1; sh -c 'echo up; exec sleep 1000'; :";
        try (Run send = Run.of(BelfryJar.command("signal-send", "-n", "2", "sh", "-c", shell))) {
            send.awaitLines(2, "up");
            send.signal("INT");
            assertThat(send.status()).isEqualTo(130);
            assertThat(exits(send)).hasSize(2).allMatch(line -> line.endsWith("killed by SIGINT"));
            awaitEnd(send.processes());
        }
    }

    @Test
    void aMasterThatIgnoresSigintIsEndedBySigterm() throws Exception {
        try (Run send = Run.shell("trap '' INT; exec " + BelfryJar.shell("signal-send", "-n", "2"))) {
            send.awaitLines(2, "get signal");
            send.signal("INT");
            send.awaitLines(2, "hello world");
            send.signal("TERM");
            assertThat(send.status()).isEqualTo(143);
            assertThat(exits(send)).hasSize(2).allMatch(line -> line.endsWith("exited with 0"));
        }
    }

    @Test
    void workersThatEndByThemselvesEndTheMaster() throws Exception {
        try (Run well = Run.of(BelfryJar.command("signal-send", "-n", "2", "true"));
                Run badly = Run.of(BelfryJar.command("signal-send", "-n", "2", "sh", "-c", "exit 3"))) {
            assertThat(exits(well)).hasSize(2).allMatch(line -> line.endsWith("exited with 0"));
            assertThat(well.status()).isZero();
            assertThat(exits(badly)).hasSize(2).allMatch(line -> line.endsWith("exited with 3"));
            assertThat(badly.status()).isEqualTo(1);
        }
    }

    @Test
    void aSignalThatKillsAWorkerIsNamed() throws Exception {
        try (Run send = Run.of(BelfryJar.command("signal-send", "-n", "1", "sh", "-c", "kill -KILL $$"))) {
            assertThat(exits(send)).singleElement().asString().endsWith("killed by SIGKILL");
            assertThat(send.status()).isEqualTo(1);
        }
    }

    @Test
    void aProgramThatCannotBeStartedIsAFailureInOneLine() throws Exception {
        expectFailedStart("", "-n", "1", "--", "/missing/program", "-n", "2");
    }

    @Test
    void anOptionAfterTheProgramIsPointedOut() throws Exception {
        String hint = "belfry: options of signal-send come before PROGRAM: /missing/program gets -n\n";
        expectFailedStart(hint, "/missing/program", "-n", "2");
    }

    private static void expectFailedStart(String before, String... arguments) throws Exception {
        String[] command = Stream.concat(Stream.of("signal-send"), Stream.of(arguments)).toArray(String[]::new);
        try (Run send = Run.of(BelfryJar.command(command))) {
            assertThat(send.output())
                    .matches("\\Q" + before + "\\Ebelfry: cannot start /missing/program: [^\n]*ENOENT[^\n]*\n");
            assertThat(send.status()).isEqualTo(1);
        }
    }

    private static void awaitEnd(List<ProcessHandle> processes) throws Exception {
        for (ProcessHandle process : processes) {
            process.onExit().get(20, TimeUnit.SECONDS);
        }
    }

    /** Whether its group is the one that its terminal sends Ctrl+C to, from /proc/PID/stat. */
    private static boolean isForeground(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            String[] afterName = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            String group = afterName[2];
            String terminalsGroup = afterName[5];
            return group.equals(terminalsGroup);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The lines about the workers' ends, after the ^C that the terminal shows. */
    private static List<String> exits(Run run) throws InterruptedException {
        return run.output()
                .lines()
                .map(line -> line.replaceFirst("^(\\^C)+", ""))
                .filter(line -> line.matches("\\d+ (exited with|killed by|still|ended).*"))
                .toList();
    }
}
