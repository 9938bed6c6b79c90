package io.github.belfry.benchmarks;

import java.util.Locale;
import java.util.StringJoiner;

/** The figures, in rows. */
final class Tables {
    private Tables() {}

    /** What is to be reached, and whether it is. */
    static Table targets(Report report) {
        Table table = new Table("what", "against", "ratio#", "over the rounds#", "target#", "");
        for (Measured suite : report.suites()) {
            for (Row row : suite.rows()) {
                row.targets().forEach(target -> addTarget(table, suite, row, target));
            }
        }
        return table;
    }

    private static void addTarget(Table table, Measured suite, Row row, Target target) {
        Row other = suite.row(target.against());
        double ratio = row.ratio(other, target.percent());
        double[] ratios = row.ratios(other, target.percent());
        table.add(
                format("%s, %s: %s, p%.0f", suite.title(), row.group(), row.title(), target.percent()),
                other.title(),
                format("%.2fx", ratio),
                format("%.2fx to %.2fx", ratios[0], ratios[ratios.length - 1]),
                format("<= %.2fx", target.most()),
                ratio <= target.most() ? "reached" : "**missed**");
    }

    static Table rows(Measured suite) {
        Table table =
                new Table("", "", "p50#", "p90#", "p99#", "p50 of the forks#", "p50 ratio#", "p99 ratio#", "target");
        suite.rows().forEach(row -> addRow(table, suite, row));
        return table;
    }

    private static void addRow(Table table, Measured suite, Row row) {
        Row floor = suite.floorOf(row);
        boolean compared = floor.side() == Side.FLOOR;
        table.add(
                row.group(),
                row.title(),
                format("%.2f %s", row.percentile(50), row.unit().symbol()),
                format("%.2f", row.percentile(90)),
                format("%.2f", row.percentile(99)),
                format("%.2f to %.2f", row.lowest(50), row.highest(50)),
                compared ? format("%.2fx", row.ratio(floor, 50)) : "",
                compared ? format("%.2fx", row.ratio(floor, 99)) : "",
                targets(suite, row));
    }

    private static String targets(Measured suite, Row row) {
        StringJoiner targets = new StringJoiner("; ");
        for (Target target : row.targets()) {
            double ratio = row.ratio(suite.row(target.against()), target.percent());
            targets.add(target.text() + (ratio <= target.most() ? ": reached" : format(": **missed**, %.2fx", ratio)));
        }
        return targets.toString();
    }

    static String format(String text, Object... values) {
        return String.format(Locale.ROOT, text, values);
    }
}
