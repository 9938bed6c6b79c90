package io.github.belfry.benchmarks;

import de.erichseifert.vectorgraphics2d.VectorGraphics2D;
import java.awt.Color;
import java.awt.Font;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The one picture that says most: medians of a few groups, beside what one would use otherwise. */
final class Picture {
    /** A group of a suite: its first or its last. */
    private record Choice(String suite, boolean first, String title) {
        Stream<Panel> of(Report report) {
            return report.suites().stream()
                    .filter(measured -> measured.name().equals(suite))
                    .map(measured -> List.copyOf(measured.groups().values()))
                    .map(groups -> new Panel(title, groups.get(first ? 0 : groups.size() - 1)));
        }
    }

    private record Panel(String title, List<Row> rows) {
        String caption() {
            return Tables.format(
                    "%s, %s: median in %s",
                    title, rows.get(0).group(), rows.get(0).unit().symbol());
        }

        Bars bars() {
            return new Bars(WIDTH - 2 * MARGIN, rows, row -> row.percentile(50), 0, row -> value(row.percentile(50)));
        }

        private static String value(double median) {
            return Tables.format(median < 10 ? "%.2f" : "%,.0f", median);
        }
    }

    private static final List<Choice> CHOICES = List.of(
            new Choice("roundtrip", true, "Round trip"),
            new Choice("throughput", true, "Throughput as time per message"),
            new Choice("start", false, "Start of a process"));

    private static final int WIDTH = 820;
    private static final int MARGIN = 16;
    private static final int CAPTION = 28;
    private static final Font FONT = new Font(Font.SANS_SERIF, Font.BOLD, 15);

    private Picture() {}

    /** Empty if nothing of what it shows was measured. */
    static Optional<String> draw(Report report) {
        List<Panel> panels =
                CHOICES.stream().flatMap(choice -> choice.of(report)).toList();
        if (panels.isEmpty()) {
            return Optional.empty();
        }
        int height = MARGIN
                + panels.stream()
                        .mapToInt(panel -> CAPTION + panel.bars().height() + MARGIN)
                        .sum();
        VectorGraphics2D drawing = new VectorGraphics2D();
        drawing.setColor(Color.WHITE);
        drawing.fillRect(0, 0, WIDTH, height);
        drawing.translate(MARGIN, MARGIN);
        int top = 0;
        for (Panel panel : panels) {
            drawing.setColor(Color.BLACK);
            Bars.write(drawing, FONT, panel.caption(), 0, top + FONT.getSize());
            panel.bars().draw(drawing, top + CAPTION);
            top += CAPTION + panel.bars().height() + MARGIN;
        }
        return Optional.of(Svg.standalone(drawing, WIDTH, height));
    }
}
