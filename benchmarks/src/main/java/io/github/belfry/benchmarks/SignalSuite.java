package io.github.belfry.benchmarks;

import io.github.belfry.Doorbell;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** From the sender's first store to the reader's last load, a wake-up between them. */
final class SignalSuite {
    private static final int MESSAGES = 7_000;
    private static final int FORKS = 3;
    private static final int MOST_WARM_UP = 20_000;
    private static final String GROUP = "64 B, one way";
    private static final String FLOOR = "sigwaitinfo";
    private static final Target[] TARGETS = {new Target(50, FLOOR, 1.05), new Target(99, FLOOR, 1.15)};

    private final Bench bench;
    private final int messages;
    private final int warmUp;
    private final List<Subject> subjects = new ArrayList<>();

    private SignalSuite(Bench bench) {
        this.bench = bench;
        messages = bench.effort().count(MESSAGES);
        warmUp = bench.effort().warmUp(MESSAGES, MOST_WARM_UP);
    }

    static Suite of(Bench bench) {
        SignalSuite suite = new SignalSuite(bench);
        suite.addAll();
        return new Suite(
                "signal",
                "Signal to read",
                String.format(
                        Locale.ROOT,
                        "From the time stamp before 64 bytes are written to the one after the worker, which slept,"
                                + " has read them. A full run has three times as many forks as elsewhere, for a host puts the"
                                + " processor that the worker sleeps on now here and now there: %,d messages after %,d"
                                + " of warm-up; before each at least %d us of spinning, with `call` three times as"
                                + " much, for its worker looks for a while before it sleeps. `WorkerProcess.signal` has"
                                + " the worker of the floor; through a pool a request has a header, and a place that it"
                                + " is given, and only those are counted that found the worker asleep.",
                        suite.messages,
                        suite.warmUp,
                        Effort.PAUSE_NANOS / 1000),
                List.copyOf(suite.subjects))
                .withForks(bench.effort().count(FORKS));
    }

    private void addAll() {
        addFloor(FLOOR, "C, kill + sigwaitinfo");
        addFloor("signalfd", "C, kill + signalfd");
        addFloor("futex", "C, futex");
        addFloor("eventfd", "C, eventfd");
        addFloor("pipe", "C, pipe");
        add(
                "signal",
                "Java, WorkerProcess.signal",
                bench.fork(SignalToRead.class, "message", Map.of(), warmUp, messages, List.of()),
                TARGETS);
        add("always", "Java, WorkerPool.call, ALWAYS", pool(Doorbell.ALWAYS), TARGETS);
        add("adaptive", "Java, WorkerPool.call, ADAPTIVE, worker asleep", pool(Doorbell.ADAPTIVE));
    }

    private void addFloor(String wake, String title) {
        Cpus cpus = bench.settings().cpus();
        subjects.add(Subject.floor(
                wake,
                GROUP,
                title,
                Unit.MICROSECONDS,
                bench.floor(
                        messages,
                        "bench_signal_send",
                        bench.programs().signalRecv(),
                        warmUp,
                        messages,
                        Effort.PAUSE_NANOS,
                        cpus.sender(),
                        cpus.worker(),
                        wake)));
    }

    private Contender pool(Doorbell doorbell) {
        return bench.fork(
                PoolToRead.class, "message", Map.of("doorbell", doorbell.name()), warmUp, messages, List.of());
    }

    private void add(String id, String title, Contender contender, Target... targets) {
        subjects.add(Subject.ours(id, GROUP, title, Unit.MICROSECONDS, contender, targets));
    }
}
