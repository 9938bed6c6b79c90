package io.github.belfry.benchmarks;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;

/** The tables, with what has to be known to read them, in Markdown. */
final class Report {
    private final StringJoiner lines = new StringJoiner("\n", "", "\n");

    /** All there is to tell of a suite. */
    record Measured(Suite suite, Map<Subject, Result> results) {
        double ratio(Subject subject, Subject other, double percent) {
            return results.get(subject).percentile(percent) / results.get(other).percentile(percent);
        }
    }

    private Report() {}

    static String write(
            Map<String, String> machine, String command, Effort effort, Cpus cpus, List<Measured> measured) {
        Report report = new Report();
        report.addConditions(machine, command, effort, cpus);
        measured.forEach(report::addSuite);
        return report.lines.toString();
    }

    private void addConditions(Map<String, String> machine, String command, Effort effort, Cpus cpus) {
        lines.add("# Belfry: benchmarks").add("");
        machine.forEach((name, value) -> lines.add("- " + name + ": " + value));
        lines.add("- Command: `" + command + "`").add("");
        lines.add(format(
                "%d forks of each row, all rows of a suite in turn. Figures are the median, over the forks, of each one's"
                        + " percentile; ratios are to the first row of C. %s",
                effort.rounds(), pinning(cpus)));
    }

    private static String pinning(Cpus cpus) {
        if (!cpus.arePinned()) {
            return "**Nothing is pinned: this process may use one processor only, which sender and worker share.**";
        }
        return format(
                "Pinned: one side to processor %d, the other to %d; starts to these two.",
                cpus.sender(), cpus.worker());
    }

    private void addSuite(Measured measured) {
        lines.add("").add("## " + measured.suite().title()).add("");
        lines.add(measured.suite().conditions()).add("");
        lines.add("| | | p50 | p90 | p99 | p50 of the forks | p50 ratio | p99 ratio | target |");
        lines.add("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |");
        measured.suite().subjects().forEach(subject -> addRow(measured, subject));
    }

    private void addRow(Measured measured, Subject subject) {
        Result result = measured.results().get(subject);
        Subject floor = measured.suite().floorOf(subject);
        lines.add(format(
                "| %s | %s | %.2f %s | %.2f | %.2f | %.2f to %.2f | %.2fx | %.2fx | %s |",
                subject.group(),
                subject.title(),
                result.percentile(50),
                subject.unit().symbol(),
                result.percentile(90),
                result.percentile(99),
                result.lowest(50),
                result.highest(50),
                measured.ratio(subject, floor, 50),
                measured.ratio(subject, floor, 99),
                targets(measured, subject)));
    }

    private static String targets(Measured measured, Subject subject) {
        StringJoiner targets = new StringJoiner("; ");
        for (Target target : subject.targets()) {
            double ratio = measured.ratio(subject, measured.suite().subject(target.against()), target.percent());
            targets.add(target.text() + (ratio <= target.most() ? ": reached" : format(": **missed**, %.2fx", ratio)));
        }
        return targets.toString();
    }

    private static String format(String text, Object... values) {
        return String.format(Locale.ROOT, text, values);
    }
}
