package io.github.belfry.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.openjdk.jmh.runner.RunnerException;

/** All subjects, round by round, each round in the other direction, so that a drift of the machine hits all alike. */
final class Measurement {
    private final Effort effort;
    private final ForkSettings settings;
    private final Map<Subject, Contender> contenders = new EnumMap<>(Subject.class);
    private final Map<Subject, Result> results = new EnumMap<>(Subject.class);

    /** @param log JMH's own output */
    Measurement(Effort effort, ForkSettings settings, PrintStream log) {
        this.effort = effort;
        this.settings = settings;
        Programs programs = settings.cPrograms();
        contenders.put(
                Subject.SIGNAL_C,
                new CFloor(
                        programs.signalSend(),
                        programs.signalRecv(),
                        effort.warmUpMessages(),
                        effort.messages(),
                        settings.cpus()));
        contenders.put(
                Subject.SIGNAL_JAVA,
                new JmhFork(
                        SignalToRead.class,
                        "message",
                        effort.warmUpMessages(),
                        effort.messages(),
                        settings,
                        List.of(),
                        log));
        contenders.put(
                Subject.START_C,
                new CFloor(programs.vfork(), programs.exit(), effort.warmUpStarts(), effort.starts(), settings.cpus()));
        contenders.put(Subject.START_DIRECT, start("direct", log));
        contenders.put(Subject.START_WARDEN, start("warden", log));
        contenders.put(Subject.START_PROCESS_BUILDER, start("processBuilder", log));
    }

    private Contender start(String method, PrintStream log) {
        return new JmhFork(
                StartProcess.class,
                method,
                effort.warmUpStarts(),
                effort.starts(),
                settings,
                LiveHeap.vmOptions(settings.liveMegabytes()),
                log);
    }

    /** Blocks for minutes. */
    Map<Subject, Result> run(PrintStream progress) throws IOException, InterruptedException, RunnerException {
        List<Subject> order = new ArrayList<>(contenders.keySet());
        for (int round = 1; round <= effort.rounds(); round++) {
            for (Subject subject : order) {
                progress.printf(Locale.ROOT, "round %d of %d, %s%n", round, effort.rounds(), subject.title());
                Histogram fork = contenders.get(subject).measure();
                results.computeIfAbsent(subject, s -> new Result()).add(fork);
                progress.printf(Locale.ROOT, "    p50 %.2f us%n", fork.getValueAtPercentile(50) / 1000.0);
            }
            Collections.reverse(order);
        }
        return results;
    }
}
