package io.github.belfry.benchmarks;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.StringJoiner;

/**
 * Two runs, row by row. The noise of a row is how far its forks lie apart, relative to their median, in the run where
 * they lie further apart. It became slower, or took more, if its median went up by more than the noise and even its
 * lowest fork is above the highest of the kept run.
 */
record Comparison(List<String> warnings, List<Line> lines) {
    private static final List<Double> PERCENTS = List.of(50.0, 99.0);

    /** They aren't the machine's. */
    private static final Set<String> PASSING = Set.of(Machine.DATE, Machine.LOAD);

    enum Verdict {
        SLOWER("**slower**"),
        FASTER("faster"),
        SAME("");

        private final String text;

        Verdict(String text) {
            this.text = text;
        }
    }

    /**
     * A percentile of a row that both runs have.
     *
     * @param change of the median, relative to the kept one
     */
    record Line(String name, Unit unit, double before, double now, double change, double noise, Verdict verdict) {
        static Line of(String name, Row before, Row now, double percent) {
            double change = relative(now.percentile(percent) - before.percentile(percent), before.percentile(percent));
            double noise = Math.max(spread(before, percent), spread(now, percent));
            Verdict verdict = Verdict.SAME;
            if (change > noise && now.lowest(percent) > before.highest(percent)) {
                verdict = Verdict.SLOWER;
            } else if (-change > noise && now.highest(percent) < before.lowest(percent)) {
                verdict = Verdict.FASTER;
            }
            return new Line(
                    name, now.unit(), before.percentile(percent), now.percentile(percent), change, noise, verdict);
        }

        private static double spread(Row row, double percent) {
            return relative(row.highest(percent) - row.lowest(percent), row.percentile(percent));
        }

        /** Idle workers use no time at all, and then two zeros are compared. */
        private static double relative(double difference, double to) {
            return difference == 0 ? 0 : difference / to;
        }
    }

    static Comparison of(Report before, Report now) {
        List<Line> lines = new ArrayList<>();
        for (Measured suite : now.suites()) {
            for (Row row : suite.rows()) {
                find(before, suite.name(), row)
                        .ifPresent(kept -> PERCENTS.forEach(percent -> {
                            String name = Tables.format(
                                    "%s: %s, %s, p%.0f", suite.title(), row.group(), row.title(), percent);
                            lines.add(Line.of(name, kept, row, percent));
                        }));
            }
        }
        return new Comparison(warnings(before, now), lines);
    }

    private static Optional<Row> find(Report report, String suite, Row like) {
        return report.suites().stream()
                .filter(measured -> measured.name().equals(suite))
                .flatMap(measured -> measured.rows().stream())
                .filter(row -> row.id().equals(like.id()) && row.unit() == like.unit())
                .findFirst();
    }

    private static List<String> warnings(Report before, Report now) {
        List<String> warnings = new ArrayList<>();
        Set<String> facts = new HashSet<>(before.machine().keySet());
        facts.addAll(now.machine().keySet());
        facts.removeAll(PASSING);
        facts.stream()
                .sorted()
                .forEach(fact -> warn(
                        warnings,
                        fact,
                        before.machine().get(fact),
                        now.machine().get(fact)));
        warn(warnings, "Processors used", before.cpus(), now.cpus());
        warn(warnings, "Rounds", before.effort().rounds(), now.effort().rounds());
        warn(warnings, "Percent", before.effort().percent(), now.effort().percent());
        if (Math.min(before.effort().rounds(), now.effort().rounds()) == 1) {
            warnings.add("One fork shows no noise: with `--rounds 1` all that changes counts");
        }
        return warnings;
    }

    private static void warn(List<String> warnings, String fact, Object before, Object now) {
        if (!Objects.equals(before, now)) {
            warnings.add(fact + ": it was " + before + ", now it is " + now);
        }
    }

    List<Line> slower() {
        return lines.stream().filter(line -> line.verdict() == Verdict.SLOWER).toList();
    }

    String markdown() {
        StringJoiner text = new StringJoiner("\n");
        text.add("## Compared with the kept run").add("");
        warnings.forEach(warning -> text.add("- **Warning:** " + warning));
        if (!warnings.isEmpty()) {
            text.add("");
        }
        text.add(conclusion()).add("");
        if (!lines.isEmpty()) {
            text.add(table().markdown());
        }
        return text.toString();
    }

    private String conclusion() {
        if (lines.isEmpty()) {
            return "The two runs have no row in common.";
        }
        double[] noise = lines.stream().mapToDouble(Line::noise).sorted().toArray();
        String range = Tables.format(
                "median %.1f %%, largest %.1f %%", 100 * noise[noise.length / 2], 100 * noise[noise.length - 1]);
        return slower().isEmpty()
                ? "Nothing became slower by more than the noise (" + range + ")."
                : Tables.format(
                        "%d of %d figures became slower by more than the noise (%s).",
                        slower().size(), lines.size(), range);
    }

    private Table table() {
        Table table = new Table("what", "before#", "now#", "change#", "noise#", "");
        for (Line line : lines) {
            table.add(
                    line.name(),
                    Tables.format("%.2f %s", line.before(), line.unit().symbol()),
                    Tables.format("%.2f", line.now()),
                    Tables.format("%+.1f %%", 100 * line.change()),
                    Tables.format("%.1f %%", 100 * line.noise()),
                    line.verdict().text);
        }
        return table;
    }
}
