package io.github.belfry.benchmarks;

import java.util.List;
import java.util.Map;

/** From the sender's first store to the reader's last load, a signal between them. */
final class SignalSuite {
    private static final int MESSAGES = 100_000;
    private static final int MOST_WARM_UP = 20_000;

    private SignalSuite() {}

    static Suite of(Bench bench) {
        int messages = bench.effort().count(MESSAGES);
        int warmUp = bench.effort().warmUp(MESSAGES, MOST_WARM_UP);
        String group = "64 B, one way";
        return new Suite(
                "signal",
                "Signal to read",
                String.format(
                        "From the time stamp before 64 bytes are written to the one after the worker has read them; the"
                                + " worker sleeps in `sigwaitinfo` each time. %,d messages after %,d of warm-up, %d us of"
                                + " spinning before each.",
                        messages, warmUp, Effort.PAUSE_NANOS / 1000),
                List.of(
                        Subject.floor(
                                "kill",
                                group,
                                "C, kill + sigwaitinfo",
                                Unit.MICROSECONDS,
                                bench.floor("bench_signal_send", "bench_signal_recv", warmUp, messages)),
                        Subject.ours(
                                "signal",
                                group,
                                "Java, WorkerProcess.signal",
                                Unit.MICROSECONDS,
                                bench.fork(SignalToRead.class, "message", Map.of(), warmUp, messages, List.of()),
                                new Target(50, "kill", 1.05),
                                new Target(99, "kill", 1.15))));
    }
}
