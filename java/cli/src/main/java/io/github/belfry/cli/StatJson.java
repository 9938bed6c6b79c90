package io.github.belfry.cli;

import io.github.belfry.WorkerStats;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A sample, or the list of masters, as programs read it: one JSON document in one line, ASCII only. */
final class StatJson {
    private StatJson() {}

    static String line(long pid, Sample sample) {
        return "{\"pid\":" + pid + ",\"time\":" + string(sample.time().toString()) + ",\"pools\":["
                + sample.pools().stream().map(StatJson::pool).collect(Collectors.joining(",")) + "]}";
    }

    static String list(Instant time, List<Masters.Entry> masters) {
        return "{\"time\":" + string(time.toString()) + ",\"masters\":["
                + masters.stream().map(StatJson::master).collect(Collectors.joining(",")) + "]}";
    }

    private static String master(Masters.Entry master) {
        return "{\"pid\":" + master.pid() + ",\"workers\":" + master.workers() + ",\"pools\":["
                + master.pools().stream()
                        .map(pool -> "{\"pool\":" + string(pool.pool()) + ",\"breakerOpen\":" + pool.breakerOpen()
                                + ",\"workers\":" + pool.workers().size() + "}")
                        .collect(Collectors.joining(","))
                + "],\"command\":["
                + master.command().stream().map(StatJson::string).collect(Collectors.joining(",")) + "]}";
    }

    private static String pool(Sample.Pool pool) {
        String workers = IntStream.range(0, pool.rates().size())
                .mapToObj(
                        i -> worker(pool.stats().workers().get(i), pool.rates().get(i)))
                .collect(Collectors.joining(","));
        return "{\"pool\":" + string(pool.stats().pool())
                + ",\"breakerOpen\":" + pool.stats().breakerOpen() + ",\"workers\":[" + workers + "],\"total\":{"
                + counters(pool.stats().total(), pool.totalRates()) + "}}";
    }

    private static String worker(WorkerStats worker, Sample.Rates rates) {
        String pid = worker.pid() == 0 ? "null" : String.valueOf(worker.pid());
        return "{\"worker\":" + worker.index() + ",\"pid\":" + pid + "," + counters(worker, rates) + "}";
    }

    private static String counters(WorkerStats stats, Sample.Rates rates) {
        return "\"answered\":" + stats.answered()
                + ",\"answeredPerSecond\":" + number(rates.answeredPerSecond())
                + ",\"faults\":" + stats.faults()
                + ",\"deaths\":" + stats.deaths()
                + ",\"inFlight\":" + stats.inFlight()
                + ",\"busyNanos\":" + stats.busy().toNanos()
                + ",\"busyPercent\":" + number(rates.busyPercent())
                + ",\"wakes\":" + stats.wakes()
                + ",\"signals\":" + stats.signals()
                + ",\"rescues\":" + stats.rescues()
                + ",\"withdrawn\":" + stats.withdrawn()
                + ",\"timedOut\":" + stats.timedOut()
                + ",\"queued\":" + stats.queued();
    }

    private static String number(Optional<Double> rate) {
        return rate.map(known -> String.format(Locale.ROOT, "%.1f", known)).orElse("null");
    }

    /** The name of a pool can have any character. */
    private static String string(String text) {
        StringBuilder json = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            boolean plain = c >= ' ' && c <= '~' && c != '"' && c != '\\';
            json.append(plain ? String.valueOf(c) : String.format("\\u%04x", (int) c));
        }
        return json.append('"').toString();
    }
}
