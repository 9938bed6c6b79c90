package io.github.belfry.benchmarks;

import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;

/** The table, with what has to be known to read it, in Markdown. */
final class Report {
    private static final double SIGNAL_P50_TARGET = 1.05;
    private static final double SIGNAL_P99_TARGET = 1.15;
    private static final double DIRECT_TARGET = 1.3;
    private static final double WARDEN_TARGET = 3;
    private static final double PROCESS_BUILDER_TARGET = 10;

    private final Map<Subject, Result> results;
    private final StringJoiner lines = new StringJoiner("\n", "", "\n");

    private Report(Map<Subject, Result> results) {
        this.results = results;
    }

    static String write(
            Map<String, String> machine,
            String command,
            Effort effort,
            ForkSettings settings,
            Map<Subject, Result> results) {
        Report report = new Report(results);
        report.addConditions(machine, command, effort, settings);
        report.addTable();
        return report.lines.toString();
    }

    private void addConditions(Map<String, String> machine, String command, Effort effort, ForkSettings settings) {
        lines.add("# Belfry: signal to read and start").add("");
        machine.forEach((name, value) -> lines.add("- " + name + ": " + value));
        lines.add("- Command: `" + command + "`").add("");
        lines.add(format(
                "%d forks of each, Java and C in turn. Signal to read: %,d messages after %,d of warm-up; start: %,d starts"
                        + " after %,d; %d us of spinning before each. Figures are in microseconds: the median, over the"
                        + " forks, of each one's percentile; the ratio is to C.",
                effort.rounds(),
                effort.messages(),
                effort.warmUpMessages(),
                effort.starts(),
                effort.warmUpStarts(),
                Effort.PAUSE_NANOS / 1000));
        lines.add("");
        lines.add(pinning(settings.cpus())
                + format(
                        " Starts: of a program that ends at once, timed until it runs, standard streams inherited, from a Java"
                                + " heap with %,d MiB of live objects. C has no such heap and needs none: vfork copies no page"
                                + " tables, so it would cost the same.",
                        settings.liveMegabytes()));
        lines.add("");
    }

    private static String pinning(Cpus cpus) {
        if (!cpus.arePinned()) {
            return "**Nothing is pinned: this process may use one processor only, which sender and worker share.**";
        }
        return format(
                "Pinned: signal's sending thread to processor %d, its worker to %d; starts to these two.",
                cpus.sender(), cpus.worker());
    }

    private void addTable() {
        lines.add("| | p50 | p90 | p99 | p50 of the forks | p50 ratio | p99 ratio | target | reached |");
        lines.add("| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- | --- |");
        double signalP50 = ratio(Subject.SIGNAL_JAVA, Subject.SIGNAL_C, 50);
        double signalP99 = ratio(Subject.SIGNAL_JAVA, Subject.SIGNAL_C, 99);
        double direct = ratio(Subject.START_DIRECT, Subject.START_C, 50);
        double warden = ratio(Subject.START_WARDEN, Subject.START_C, 50);

        addRow(Subject.SIGNAL_C, Subject.SIGNAL_C, "", "");
        addRow(
                Subject.SIGNAL_JAVA,
                Subject.SIGNAL_C,
                format("p50 <= %.2fx, p99 <= %.2fx", SIGNAL_P50_TARGET, SIGNAL_P99_TARGET),
                "p50 " + yes(signalP50 <= SIGNAL_P50_TARGET) + ", p99 " + yes(signalP99 <= SIGNAL_P99_TARGET));
        addRow(Subject.START_C, Subject.START_C, "", "");
        addRow(
                Subject.START_DIRECT,
                Subject.START_C,
                format("p50 <= %.1fx", DIRECT_TARGET),
                yes(direct <= DIRECT_TARGET));
        addRow(
                Subject.START_WARDEN,
                Subject.START_C,
                format("p50 <= %.0fx", WARDEN_TARGET),
                yes(warden <= WARDEN_TARGET));
        addProcessBuilder();
    }

    /** The one that others are to be faster than. */
    private void addProcessBuilder() {
        double overDirect = ratio(Subject.START_PROCESS_BUILDER, Subject.START_DIRECT, 50);
        double overWarden = ratio(Subject.START_PROCESS_BUILDER, Subject.START_WARDEN, 50);
        addRow(
                Subject.START_PROCESS_BUILDER,
                Subject.START_C,
                format("p50 >= %.0fx WorkerProcess", PROCESS_BUILDER_TARGET),
                format(
                        "direct %.1fx %s, warden %.1fx %s",
                        overDirect,
                        yes(overDirect >= PROCESS_BUILDER_TARGET),
                        overWarden,
                        yes(overWarden >= PROCESS_BUILDER_TARGET)));
    }

    private void addRow(Subject subject, Subject floor, String target, String reached) {
        Result result = result(subject);
        lines.add(format(
                "| %s | %.2f | %.2f | %.2f | %.2f to %.2f | %.2fx | %.2fx | %s | %s |",
                subject.title(),
                result.percentile(50),
                result.percentile(90),
                result.percentile(99),
                result.lowest(50),
                result.highest(50),
                ratio(subject, floor, 50),
                ratio(subject, floor, 99),
                target,
                reached));
    }

    private double ratio(Subject subject, Subject floor, double percent) {
        return result(subject).percentile(percent) / result(floor).percentile(percent);
    }

    private Result result(Subject subject) {
        Result result = results.get(subject);
        if (result == null) {
            throw new IllegalStateException("nothing was measured for " + subject.title());
        }
        return result;
    }

    private static String yes(boolean reached) {
        return reached ? "yes" : "no";
    }

    private static String format(String text, Object... values) {
        return String.format(Locale.ROOT, text, values);
    }
}
