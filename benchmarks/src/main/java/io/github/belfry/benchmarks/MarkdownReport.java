package io.github.belfry.benchmarks;

import java.util.StringJoiner;

/** The tables, with what has to be known to read them. */
final class MarkdownReport {
    private MarkdownReport() {}

    static String write(Report report) {
        StringJoiner lines = new StringJoiner("\n");
        lines.add("# Belfry: benchmarks").add("");
        report.machine().forEach((name, value) -> lines.add("- " + name + ": " + value));
        lines.add("- Version: " + report.version());
        lines.add("- Command: `" + report.command() + "`").add("");
        lines.add(report.conditions()).add("");
        Table targets = Tables.targets(report);
        if (!targets.isEmpty()) {
            lines.add("## Targets").add("").add(targets.markdown());
        }
        for (Measured suite : report.suites()) {
            lines.add("## " + suite.title()).add("");
            lines.add(suite.conditions()).add("");
            lines.add(Tables.rows(suite).markdown());
        }
        return lines.toString();
    }
}
