package io.github.belfry.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
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

/** Shows what the workers of another VM count, from the memory that it shares with them, or finds such VMs. */
@Command(
        name = "stat",
        header = "Shows what the workers of a running process count, or lists such processes.",
        description = {
            "",
            "Reads the memory that the process shares with its workers; it needn't do anything for that, and notices"
                    + " nothing. You have to be its user, or root.",
            "",
            "Without PID: lists your processes that have pools, as root those of all users, how many workers they have,"
                    + " their pools and their command (a VM's without its options). None is no failure.",
            "",
            "On a terminal a table, again and again in the same place, until Ctrl+C or the end of the process"
                    + " (exit status 0). Elsewhere one table, after one interval.",
            "",
            "  answered   requests, faults included",
            "  faults     those answered with a code",
            "  deaths     workers that ended here",
            "  in flight  requests that wait or are in hand",
            "  busy %%     of the interval",
            "  wakes      from sleep, with something to do",
            "  signals    that woke them",
            "  rescues    how often only the safety net did: 0, or a bug",
            ""
        })
final class Stat implements Callable<Integer> {
    /** A worker may end and another begin while we look for its memory. */
    private static final int TRIES = 5;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--interval",
            paramLabel = "SECONDS",
            defaultValue = "1",
            converter = Seconds.class,
            description = "Between two samples. Default: ${DEFAULT-VALUE}.")
    private Duration interval = Duration.ZERO;

    @Option(
            names = "--count",
            paramLabel = "N",
            description = "Ends after so many samples. Default: 1, without end on a terminal.")
    private @Nullable Integer count;

    @Option(names = "--json", description = "One JSON document in one line for each sample, or for the list.")
    private boolean json;

    @Parameters(paramLabel = "PID", arity = "0..1", description = "The process that has the pools: a VM.")
    private @Nullable Long pid;

    @Override
    public Integer call() throws Exception {
        CommandLine command = Objects.requireNonNull(spec).commandLine();
        return pid == null ? list(command) : watch(command, pid);
    }

    private int list(CommandLine command) throws IOException {
        for (String option : List.of("--interval", "--count")) {
            if (command.getParseResult().hasMatchedOption(option)) {
                throw new ParameterException(command, option + " needs a PID: the list is shown once");
            }
        }
        List<Masters.Entry> masters = Masters.list(command.getErr());
        if (json) {
            command.getOut().println(StatJson.list(Instant.now(), masters));
        } else if (masters.isEmpty()) {
            command.getErr().println("belfry: no process that you may look at has a pool");
        } else {
            int columns = Terminal.is(Terminal.STDOUT) ? Terminal.columns() : Integer.MAX_VALUE;
            MastersTable.lines(masters, columns).forEach(command.getOut()::println);
        }
        return 0;
    }

    private int watch(CommandLine command, long pid) throws IOException, InterruptedException {
        if (pid < 1) {
            throw new ParameterException(command, "PID is " + pid + ", it has to be at least 1");
        }
        if (count != null && count < 1) {
            throw new ParameterException(command, "--count is " + count + ", it has to be at least 1");
        }
        boolean terminal = Terminal.is(Terminal.STDOUT);
        long samples = count != null ? count : terminal ? Long.MAX_VALUE : 1;
        return watch(command, Master.of(pid), samples, terminal && !json);
    }

    private int watch(CommandLine command, Master master, long samples, boolean inPlace)
            throws IOException, InterruptedException {
        PrintWriter out = command.getOut();
        long pid = master.pid();
        Sample last = Sample.of(pid);
        if (last.pools().isEmpty()) {
            throw new IOException(master.isAlive() ? "process " + pid + " has no pool" : "there is no process " + pid);
        }
        StatScreen screen = new StatScreen(out);
        if (inPlace) {
            screen.show(StatTable.lines(last)); // at once, without rates
        }
        for (long i = 0; i < samples; i++) {
            Thread.sleep(interval.toMillis());
            Optional<Sample> sample = sample(master, last);
            if (sample.isEmpty() || sample.get().pools().isEmpty()) {
                String what = master.isAlive() ? " has closed its pools" : " has ended";
                command.getErr().println("belfry: process " + pid + what);
                return 0;
            }
            last = sample.get();
            if (inPlace) {
                screen.show(StatTable.lines(last));
            } else {
                out.println(
                        json ? StatJson.line(pid, last) : String.join(System.lineSeparator(), StatTable.lines(last)));
            }
            if (out.checkError()) {
                break; // said at the end
            }
        }
        return 0;
    }

    /** Empty when the process has ended. */
    private static Optional<Sample> sample(Master master, Sample earlier) throws IOException {
        for (int tries = 1; master.isAlive(); tries++) {
            try {
                Sample sample = Sample.of(master.pid(), earlier);
                return master.isAlive() ? Optional.of(sample) : Optional.empty();
            } catch (IOException e) {
                if (tries == TRIES && master.isAlive()) {
                    throw e;
                }
            }
        }
        return Optional.empty();
    }
}
