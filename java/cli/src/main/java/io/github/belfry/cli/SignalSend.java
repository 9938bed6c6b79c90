package io.github.belfry.cli;

import io.github.belfry.Signal;
import io.github.belfry.Stdio;
import io.github.belfry.WorkerProcess;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Starts workers, wakes each with SIGUSR1, and passes Ctrl+C on to them. */
@Command(
        name = "signal-send",
        header = "Starts workers, sends SIGUSR1 to each, and passes Ctrl+C on to them.",
        description = {
            "",
            "Runs until Ctrl+C: then each worker gets SIGINT, and how each ended is printed. One that is still there 5"
                    + " seconds later gets SIGTERM, and after 5 more SIGKILL.",
            "",
            "SIGUSR1 and SIGTTOU are blocked when PROGRAM starts, so that neither can come too early for it: PROGRAM"
                    + " has to unblock SIGUSR1, or take it with sigwait. Its standard input is /dev/null.",
            "",
            "When all workers end by themselves, the exit status is 0 if all exited with 0, otherwise 1. SIGTERM and"
                    + " a closed terminal (SIGHUP) do what Ctrl+C does, with the exit status 143 and 129.",
            ""
        })
final class SignalSend implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "-n", paramLabel = "N", defaultValue = "10", description = "Workers. Default: ${DEFAULT-VALUE}.")
    private int count;

    @Parameters(
            paramLabel = "PROGRAM",
            description = "The worker and its arguments. Default: test_signal_recv, which is part of this command and"
                    + " prints what it receives.")
    private List<String> program = List.of();

    @Override
    public Integer call() throws Exception {
        CommandLine command = Objects.requireNonNull(spec).commandLine();
        if (count < 1) {
            throw new ParameterException(command, "-n is " + count + ", it has to be at least 1");
        }
        Usage.pointOutOptions(command.getCommandSpec(), "PROGRAM", program);
        WorkerProcess.Builder worker = worker(command);
        Workers workers = new Workers(command.getOut());
        if (!passOnCtrlC(workers)) {
            return awaitEndOfVm();
        }
        try {
            for (int i = 0; i < count; i++) {
                workers.start(worker);
            }
        } catch (Exception e) {
            workers.giveUp();
            throw e;
        }
        workers.signal(Signal.USR1);
        workers.await();
        Optional<Boolean> allWell = workers.report();
        return allWell.isEmpty() ? awaitEndOfVm() : allWell.get() ? 0 : 1;
    }

    private WorkerProcess.Builder worker(CommandLine command) {
        try {
            WorkerProcess.Builder worker = program.isEmpty() ? testWorker() : WorkerProcess.command(program);
            // In a group of its own the terminal's Ctrl+C doesn't reach it, so it gets ours only. But then it is in the
            // background, where a terminal with `stty tostop` stops a writer, unless SIGTTOU is blocked.
            return worker.processGroup(true)
                    .blockSignals(Signal.USR1, Signal.TTOU)
                    .stdin(Stdio.NULL);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command, "PROGRAM: " + e.getMessage(), e);
        }
    }

    /** It takes SIGINT also where this program was started with it ignored, as by a script's {@code &}. */
    private static WorkerProcess.Builder testWorker() {
        return WorkerProcess.bundled("test_signal_recv").blockSignals(Signal.INT);
    }

    /** False when the VM is already on its way out. */
    private static boolean passOnCtrlC(Workers workers) {
        try {
            Runtime.getRuntime().addShutdownHook(new Thread(workers::interrupt, "belfry-interrupt"));
            return true;
        } catch (IllegalStateException shuttingDown) {
            return false;
        }
    }

    /** The hook has the last word. */
    private static int awaitEndOfVm() throws InterruptedException {
        Thread.currentThread().join();
        return CommandLine.ExitCode.SOFTWARE;
    }
}
