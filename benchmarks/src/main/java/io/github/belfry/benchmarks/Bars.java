package io.github.belfry.benchmarks;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.font.FontRenderContext;
import java.awt.font.TextLayout;
import java.awt.geom.AffineTransform;
import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;

/**
 * Horizontal bars on a logarithmic axis, which XChart's can't have: the rows' titles to the left or, where they are
 * long, above, their values at the ends of the bars.
 *
 * @param value how long a row's bar is
 * @param origin where bars start; 0: at the axis' lowest value
 * @param text what is written to a bar
 */
record Bars(int width, List<Row> rows, ToDoubleFunction<Row> value, double origin, Function<Row, String> text) {
    private static final int ROW = 26;
    private static final int TITLE = 16;
    private static final double MOST_FOR_TITLES = 0.42;
    private static final int THICK = 16;
    private static final int AXIS = 24;
    private static final int GAP = 8;
    private static final int TEXT_RISE = 5;

    int height() {
        return rows.size() * rowHeight() + AXIS;
    }

    private int rowHeight() {
        return titlesAreAbove() ? ROW + TITLE : ROW;
    }

    private boolean titlesAreAbove() {
        return longest(Row::title) > MOST_FOR_TITLES * width;
    }

    private double longest(Function<Row, String> what) {
        return rows.stream().map(what).mapToDouble(Bars::width).max().orElseThrow();
    }

    /** With its upper left corner at (0, {@code top}). */
    void draw(Graphics2D canvas, int top) {
        DoubleStream values = rows.stream().mapToDouble(value);
        Scale scale = Scale.of(origin > 0 ? DoubleStream.concat(values, DoubleStream.of(origin)) : values);
        boolean above = titlesAreAbove();
        double left = above ? 0 : longest(Row::title) + GAP;
        double right = width - GAP - longest(text);
        drawAxis(canvas, scale, left, right, top);
        double start = x(scale, origin > 0 ? origin : scale.lowest(), left, right);
        List<Color> colors = Colors.of(rows);
        for (int i = 0; i < rows.size(); i++) {
            Row row = rows.get(i);
            double middle = top + (i + 1) * rowHeight() - ROW / 2.0;
            double end = x(scale, value.applyAsDouble(row), left, right);
            canvas.setColor(colors.get(i));
            canvas.fill(new Rectangle2D.Double(
                    Math.min(start, end), middle - THICK / 2.0, Math.max(2, Math.abs(end - start)), THICK));
            canvas.setColor(Color.BLACK);
            double title = above ? 0 : left - GAP - width(row.title());
            write(canvas, row.title(), title, middle + TEXT_RISE - (above ? TITLE + 1 : 0));
            write(canvas, text.apply(row), Math.max(start, end) + GAP / 2.0, middle + TEXT_RISE);
        }
    }

    private void drawAxis(Graphics2D canvas, Scale scale, double left, double right, int top) {
        double bottom = top + rows.size() * (double) rowHeight();
        double free = 0;
        canvas.setStroke(new BasicStroke(1));
        for (double tick : scale.ticks()) {
            double x = x(scale, tick, left, right);
            canvas.setColor(Plots.GRID);
            canvas.draw(new Line2D.Double(x, top, x, bottom));
            String label = Scale.shorten(tick);
            double start = Math.max(0, x - width(label) / 2);
            if (start >= free) {
                canvas.setColor(Color.BLACK);
                write(canvas, label, start, bottom + 2 * GAP);
                free = start + width(label) + GAP;
            }
        }
    }

    private static double x(Scale scale, double value, double left, double right) {
        double part = Math.log(value / scale.lowest()) / Math.log(scale.highest() / scale.lowest());
        return left + part * (right - left);
    }

    static void write(Graphics2D canvas, Font font, String text, double x, double y) {
        canvas.fill(layout(text, font).getOutline(AffineTransform.getTranslateInstance(x, y)));
    }

    private static void write(Graphics2D canvas, String text, double x, double y) {
        write(canvas, Plots.FONT, text, x, y);
    }

    private static double width(String text) {
        return layout(text, Plots.FONT).getAdvance();
    }

    private static TextLayout layout(String text, Font font) {
        return new TextLayout(text, font, new FontRenderContext(null, true, true));
    }
}
