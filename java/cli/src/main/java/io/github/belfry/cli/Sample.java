package io.github.belfry.cli;

import io.github.belfry.PoolStats;
import io.github.belfry.WorkerStats;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The counters of a process's pools at one moment, and what has changed since an earlier one. */
record Sample(Instant time, long nanos, List<Pool> pools) {
    /** @param rates one for each worker, in order */
    record Pool(PoolStats stats, List<Rates> rates, Rates totalRates) {}

    /** Empty until there is an earlier sample to compare with. */
    record Rates(Optional<Double> answeredPerSecond, Optional<Double> busyPercent) {
        static final Rates UNKNOWN = new Rates(Optional.empty(), Optional.empty());
    }

    /** The first one. */
    static Sample of(long pid) throws IOException {
        return of(pid, new Sample(Instant.EPOCH, 0, List.of()));
    }

    /** With what has changed since {@code earlier}. */
    static Sample of(long pid, Sample earlier) throws IOException {
        List<PoolStats> stats = PoolStats.of(pid);
        long now = System.nanoTime();
        List<Pool> pools = new ArrayList<>();
        for (PoolStats pool : stats) {
            List<Rates> rates = pool.workers().stream()
                    .map(worker -> earlier.find(pool.pool(), worker.index())
                            .map(before -> rates(before, worker, now - earlier.nanos))
                            .orElse(Rates.UNKNOWN))
                    .toList();
            pools.add(new Pool(pool, rates, total(rates)));
        }
        return new Sample(Instant.now(), now, pools);
    }

    private Optional<WorkerStats> find(String pool, int index) {
        return pools.stream()
                .filter(candidate -> candidate.stats.pool().equals(pool))
                .flatMap(found -> found.stats.workers().stream())
                .filter(worker -> worker.index() == index)
                .findFirst();
    }

    private static Rates rates(WorkerStats before, WorkerStats now, long nanos) {
        long answered = now.answered() - before.answered();
        if (answered < 0) {
            return Rates.UNKNOWN; // another pool of the same name
        }
        return new Rates(Optional.of(answered * 1e9 / nanos), Optional.of(busyPercent(before, now, nanos)));
    }

    private static double busyPercent(WorkerStats before, WorkerStats now, long nanos) {
        long busy = now.busy().minus(before.busy()).toNanos();
        return Math.max(0, Math.min(100, busy * 100.0 / nanos));
    }

    /** Of all workers together: the sum, and how busy they are on average. */
    private static Rates total(List<Rates> workers) {
        if (workers.stream().anyMatch(Rates.UNKNOWN::equals)) {
            return Rates.UNKNOWN;
        }
        double answered = workers.stream()
                .mapToDouble(rates -> rates.answeredPerSecond.orElse(0.0))
                .sum();
        double busy = workers.stream()
                .mapToDouble(rates -> rates.busyPercent.orElse(0.0))
                .average()
                .orElse(0);
        return new Rates(Optional.of(answered), Optional.of(busy));
    }
}
