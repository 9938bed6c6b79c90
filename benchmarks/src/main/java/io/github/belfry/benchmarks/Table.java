package io.github.belfry.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import java.util.stream.Collectors;

/** Cells of Markdown. */
final class Table {
    private static final String NUMBER = "---:";

    private final List<String> titles;
    private final List<String> alignments;
    private final List<List<String>> rows = new ArrayList<>();

    /** A title that ends in {@code #} is that of a column of numbers. */
    Table(String... titles) {
        this.titles =
                List.of(titles).stream().map(title -> title.replace("#", "")).toList();
        this.alignments = List.of(titles).stream()
                .map(title -> title.endsWith("#") ? NUMBER : "---")
                .toList();
    }

    void add(String... cells) {
        rows.add(List.of(cells));
    }

    boolean isEmpty() {
        return rows.isEmpty();
    }

    String markdown() {
        StringJoiner lines = new StringJoiner("\n", "", "\n");
        lines.add(line(titles)).add(line(alignments));
        rows.forEach(row -> lines.add(line(row)));
        return lines.toString();
    }

    private static String line(List<String> cells) {
        return cells.stream()
                .map(cell -> cell.isEmpty() ? " " : " " + cell + " ")
                .collect(Collectors.joining("|", "|", "|"));
    }

    String html() {
        StringBuilder html = new StringBuilder("<div class=\"scroll\"><table>\n<thead>");
        html.append(line("th", titles)).append("</thead>\n<tbody>\n");
        rows.forEach(row -> html.append(line("td", row)).append('\n'));
        return html.append("</tbody>\n</table></div>\n").toString();
    }

    private String line(String element, List<String> cells) {
        StringBuilder line = new StringBuilder("<tr>");
        for (int i = 0; i < cells.size(); i++) {
            line.append('<').append(element);
            line.append(alignments.get(i).equals(NUMBER) ? " class=\"number\">" : ">");
            line.append(Html.inline(cells.get(i)));
            line.append("</").append(element).append('>');
        }
        return line.append("</tr>").toString();
    }
}
