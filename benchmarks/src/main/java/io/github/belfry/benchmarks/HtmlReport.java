package io.github.belfry.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** One page that needs nothing else: the tables and the plots. */
final class HtmlReport {
    private static final String TEMPLATE = "report.html";

    private final StringBuilder body = new StringBuilder();
    private int plots;

    private HtmlReport() {}

    static String write(Report report) throws IOException {
        HtmlReport page = new HtmlReport();
        page.addMachine(report);
        Table targets = Tables.targets(report);
        if (!targets.isEmpty()) {
            page.body
                    .append("<section>\n<h2>Targets</h2>\n")
                    .append(targets.html())
                    .append("</section>\n");
        }
        report.suites().forEach(page::addSuite);
        return template().replace("<!-- body -->\n", page.body);
    }

    private static String template() throws IOException {
        try (InputStream in = HtmlReport.class.getResourceAsStream(TEMPLATE)) {
            if (in == null) {
                throw new IOException(TEMPLATE + " isn't in the jar");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private void addMachine(Report report) {
        body.append("<dl>\n");
        report.machine().forEach((name, value) -> addFact(name, Html.escape(value)));
        addFact("Version", Html.escape(report.version()));
        addFact("Command", "<code>" + Html.escape(report.command()) + "</code>");
        body.append("</dl>\n<p>").append(Html.inline(report.conditions())).append("</p>\n");
    }

    private void addFact(String name, String html) {
        body.append("<div><dt>").append(Html.escape(name)).append("</dt><dd>");
        body.append(html).append("</dd></div>\n");
    }

    private void addSuite(Measured suite) {
        body.append("<section>\n<h2>").append(Html.escape(suite.title())).append("</h2>\n<p>");
        body.append(Html.inline(suite.conditions())).append("</p>\n<div class=\"plots\">\n");
        suite.groups().values().stream()
                .filter(rows -> rows.get(0).point() == null)
                .forEach(rows -> addGroup(suite, rows));
        suite.rows().stream()
                .filter(row -> row.point() != null)
                .collect(Collectors.groupingBy(row -> row.point().caption(), LinkedHashMap::new, Collectors.toList()))
                .forEach(this::addCurves);
        body.append("</div>\n").append(Tables.rows(suite).html()).append("</section>\n");
    }

    private void addGroup(Measured suite, List<Row> rows) {
        String group = rows.get(0).group();
        List<String> titles = rows.stream().map(Row::title).toList();
        addPlot(
                group + ": percentiles",
                Plots.percentiles(rows, nextId(), group + ": percentiles"),
                legend(titles, Colors.of(rows).stream().map(Colors::css).toList()));
        Row floor = suite.floorOf(rows.get(0));
        if (floor.side() == Side.FLOOR && rows.size() > 1) {
            String label = group + ": median beside " + floor.title();
            addPlot(label, Plots.ratios(rows, floor, nextId(), label), "");
        }
    }

    private void addCurves(String caption, List<Row> rows) {
        Map<String, Row> series = new LinkedHashMap<>();
        rows.forEach(row -> series.putIfAbsent(row.point().series(), row));
        List<String> colors = Colors.of(List.copyOf(series.values())).stream()
                .map(Colors::css)
                .toList();
        addPlot(caption, Plots.curves(rows, nextId(), caption), legend(List.copyOf(series.keySet()), colors));
    }

    private String nextId() {
        return Integer.toString(++plots);
    }

    private void addPlot(String caption, String svg, String legend) {
        body.append("<figure>\n<figcaption>").append(Html.escape(caption)).append("</figcaption>\n");
        body.append(svg).append(legend).append("</figure>\n");
    }

    private static String legend(List<String> names, List<String> colors) {
        StringBuilder legend = new StringBuilder("<ul>");
        for (int i = 0; i < names.size(); i++) {
            legend.append("<li><i style=\"background:").append(colors.get(i)).append("\"></i>");
            legend.append(Html.escape(names.get(i))).append("</li>");
        }
        return legend.append("</ul>\n").toString();
    }
}
