package io.github.belfry.benchmarks;

import io.github.belfry.WorkerProcess;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.openjdk.jmh.runner.RunnerException;

/**
 * How far apart the two processors are. A host may put a virtual processor on another core, at the latest when it has
 * halted, and then the same program takes 0.1, 0.3 or 1.0 microseconds for a round trip. So programs of idle priority
 * keep both from halting, each fork is measured with its distance, and only forks at the same one are compared.
 */
final class Distance implements AutoCloseable {
    private static final int MOST_MOVES = 8;
    private static final double AS_FAR = 1.4;

    /** Long enough for a processor to halt. */
    private static final long HALT_MILLIS = 100;

    private final ForkSettings settings;
    private final List<WorkerProcess> awake = new ArrayList<>();

    Distance(ForkSettings settings) throws IOException {
        this.settings = settings;
        keepAwake();
    }

    /**
     * A fork and where it was measured.
     *
     * @param nanos what a cache line took to get to the other processor and back; 0 where that changed meanwhile,
     *     negative where it doesn't matter
     */
    record Placed(Histogram fork, double nanos) {
        static Placed anywhere(Histogram fork) {
            return new Placed(fork, -1);
        }

        boolean isAt(double distance) {
            return nanos < 0 || isAsFar(nanos, distance);
        }
    }

    Placed measure(Contender contender) throws IOException, InterruptedException, RunnerException {
        double before = nanos();
        Histogram fork = contender.measure();
        double after = nanos();
        return new Placed(fork, isAsFar(before, after) ? Math.sqrt(before * after) : 0);
    }

    /** For sides that wait in the kernel: what keeps processors awake would keep its scheduler from choosing well. */
    Placed measureHalting(Contender contender) throws IOException, InterruptedException, RunnerException {
        close();
        try {
            return Placed.anywhere(contender.measure());
        } finally {
            keepAwake();
        }
    }

    /** The one at which most rows have a fork, and of these the one with most forks; 0 where there is none. */
    static double commonest(Collection<List<Placed>> rows) {
        double commonest = 0;
        long most = 0;
        for (List<Placed> row : rows) {
            for (Placed candidate : row) {
                double distance = candidate.nanos();
                long have = rows.stream().filter(other -> has(other, distance)).count();
                long forks = rows.stream()
                        .flatMap(List::stream)
                        .filter(fork -> fork.isAt(distance))
                        .count();
                long weight = have * (1 + rows.stream().mapToInt(List::size).sum()) + forks;
                if (distance > 0 && weight > most) {
                    most = weight;
                    commonest = distance;
                }
            }
        }
        return commonest;
    }

    /** Those forks, or all where there are none. */
    static List<Histogram> at(double distance, List<Placed> row) {
        return row.stream()
                .filter(fork -> fork.isAt(distance) || !has(row, distance))
                .map(Placed::fork)
                .toList();
    }

    static boolean has(List<Placed> row, double distance) {
        return row.stream().anyMatch(fork -> fork.isAt(distance));
    }

    private static boolean isAsFar(double one, double other) {
        return Math.max(one, other) <= AS_FAR * Math.min(one, other);
    }

    /** Lets the host move the processors until they are so far apart; false when it doesn't. 0 is anywhere. */
    boolean reach(double distance) throws IOException, InterruptedException {
        if (distance == 0) {
            return true;
        }
        for (int moves = 0; moves < MOST_MOVES; moves++) {
            if (isAsFar(nanos(), distance)) {
                return true;
            }
            close();
            Thread.sleep(HALT_MILLIS);
            keepAwake();
        }
        return false;
    }

    private double nanos() throws IOException, InterruptedException {
        return new PrintingProgram(
                        List.of(
                                settings.cPrograms().file("bench_line"),
                                Integer.toString(settings.cpus().sender()),
                                Integer.toString(settings.cpus().worker())),
                        1)
                .measure()
                .getValueAtPercentile(50);
    }

    private void keepAwake() throws IOException {
        for (int cpu : new int[] {settings.cpus().sender(), settings.cpus().worker()}) {
            awake.add(WorkerProcess.command(settings.cPrograms().file("bench_awake"), Integer.toString(cpu))
                    .start());
        }
    }

    @Override
    public void close() {
        awake.forEach(WorkerProcess::close);
        awake.clear();
    }
}
