package io.github.belfry.internal.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.Signal;
import io.github.belfry.Stdio;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerProcess;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.ProcFs;
import io.github.belfry.support.TestPrograms;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What the VM was started with as ignored, its programs ignore too, as far as that is meant to be inherited. */
class InheritedSignalsTest {
    /** Ignored as well, and not meant to be. */
    private static final Signal[] OTHERS = {Signal.TERM, Signal.USR1};

    /** nohup(1), and a closed terminal. */
    @Test
    void aHangupThatTheVmIgnoresEndsNoProgram() throws Exception {
        bothLiveOn(ignoring("TERM USR1").prepend("nohup"), Signal.HUP);
    }

    /** A script's {@code &}, and Ctrl+C. */
    @Test
    void anInterruptThatTheVmIgnoresEndsNoProgram() throws Exception {
        bothLiveOn(ignoring("TERM USR1 INT"), Signal.INT);
    }

    private static OtherVm ignoring(String signals) {
        return OtherVm.java(CatMain.class).prepend("setsid", "sh", "-c", "trap '' " + signals + "; exec \"$@\"", "sh");
    }

    private static void bothLiveOn(OtherVm vm, Signal signal) throws Exception {
        Process master = vm.builder().start();
        try (BufferedReader output = master.inputReader();
                BufferedWriter input = master.outputWriter()) {
            long program = Long.parseLong(output.readLine());
            Path status = Path.of("/proc/" + program + "/status");
            assertThat(ProcFs.hasSignal(status, "SigIgn", signal)).as("ignores %s", signal).isTrue();
            for (Signal other : OTHERS) {
                assertThat(ProcFs.hasSignal(Path.of("/proc/" + master.pid() + "/status"), "SigIgn", other))
                        .as("the VM ignores %s", other)
                        .isTrue();
            }
            for (Signal byDefault : new Signal[] {Signal.QUIT, Signal.PIPE, Signal.TERM, Signal.CHLD, Signal.USR1}) {
                assertThat(ProcFs.hasSignal(status, "SigIgn", byDefault)).as("ignores %s", byDefault).isFalse();
            }
            String group = "kill -s " + signal.name() + " -- -" + master.pid();
            assertThat(TestPrograms.run("sh", "-c", group)).isEqualTo(new WorkerExit.Exited(0));
            // Either would have died of it before it answers.
            input.write("still here\n");
            input.flush();
            assertThat(output.readLine()).isEqualTo("still here");
        } finally {
            master.destroyForcibly().waitFor();
        }
    }

    /** In the VM's group is a program that gives each line back. */
    static final class CatMain {
        public static void main(String[] args) throws Exception {
            try (WorkerProcess cat = WorkerProcess.command("cat")
                    .stdin(Stdio.PIPE)
                    .stdout(Stdio.PIPE)
                    .start()) {
                System.out.println(cat.pid());
                for (int b = System.in.read(); b >= 0; b = System.in.read()) {
                    cat.stdin().write(b);
                    System.out.write(cat.stdout().read());
                    System.out.flush();
                }
            }
        }
    }
}
