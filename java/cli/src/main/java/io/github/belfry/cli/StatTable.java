package io.github.belfry.cli;

import io.github.belfry.WorkerStats;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A sample as people read it: a line for each worker, one for each pool that has several, and one for each that has
 * requests in no ring or whose breaker is open.
 */
final class StatTable {
    private static final List<String> HEADER = List.of(
            "pool",
            "worker",
            "pid",
            "answered",
            "per second",
            "faults",
            "deaths",
            "in flight",
            "busy %",
            "wakes",
            "signals",
            "rescues");
    private static final int MAX_NAME = 24;

    private StatTable() {}

    static List<String> lines(Sample sample) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(HEADER);
        for (Sample.Pool pool : sample.pools()) {
            List<WorkerStats> workers = pool.stats().workers();
            for (int i = 0; i < workers.size(); i++) {
                WorkerStats worker = workers.get(i);
                String pid = worker.pid() == 0 ? "-" : String.valueOf(worker.pid());
                rows.add(row(
                        pool,
                        String.valueOf(worker.index()),
                        pid,
                        worker,
                        pool.rates().get(i)));
            }
            if (workers.size() > 1) {
                rows.add(row(pool, "total", "", pool.stats().total(), pool.totalRates()));
            }
        }
        List<String> lines = align(rows);
        for (Sample.Pool pool : sample.pools()) {
            String name = name(pool.stats().pool());
            long queued = pool.stats().total().queued();
            if (queued > 0) {
                lines.add(name + ": " + number(queued) + " more requests wait for a worker");
            }
            if (pool.stats().breakerOpen()) {
                lines.add(name + ": its workers keep dying, requests are refused");
            }
        }
        return lines;
    }

    private static List<String> row(
            Sample.Pool pool, String worker, String pid, WorkerStats stats, Sample.Rates rates) {
        return List.of(
                name(pool.stats().pool()),
                worker,
                pid,
                number(stats.answered()),
                number(rates.answeredPerSecond(), "%,.0f"),
                number(stats.faults()),
                number(stats.deaths()),
                number(stats.inFlight()),
                number(rates.busyPercent(), "%.1f"),
                number(stats.wakes()),
                number(stats.signals()),
                number(stats.rescues()));
    }

    static String name(String pool) {
        String name = Terminal.harmless(pool);
        return name.length() <= MAX_NAME ? name : name.substring(0, MAX_NAME - 1) + "~";
    }

    private static String number(long count) {
        return String.format(Locale.ROOT, "%,d", count);
    }

    private static String number(Optional<Double> rate, String format) {
        return rate.map(known -> String.format(Locale.ROOT, format, known)).orElse("-");
    }

    /** The name to the left, the rest to the right. */
    private static List<String> align(List<List<String>> rows) {
        int[] widths = new int[HEADER.size()];
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        List<String> lines = new ArrayList<>();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder(row.get(0))
                    .append(" ".repeat(widths[0] - row.get(0).length()));
            for (int i = 1; i < widths.length; i++) {
                line.append("  ")
                        .append(" ".repeat(widths[i] - row.get(i).length()))
                        .append(row.get(i));
            }
            lines.add(line.toString());
        }
        return lines;
    }
}
