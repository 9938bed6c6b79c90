package io.github.belfry.benchmarks;

import de.erichseifert.vectorgraphics2d.VectorGraphics2D;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Rows as pictures. */
final class Plots {
    private static final int WIDTH = 500;
    private static final int HEIGHT = 300;

    static final Font FONT = new Font(Font.SANS_SERIF, Font.PLAIN, 13);
    static final Color GRID = new Color(128, 128, 128, 70);
    private static final Color NOTHING = new Color(255, 255, 255, 0);

    /** What an axis is longer than what is on it, so that nothing is cut off at its ends. */
    private static final double AROUND_POINTS = 1.25;

    private static final double AROUND_TICKS = 1.05;

    private static final double MOST_NINES = 4;
    private static final int POINTS_PER_NINE = 8;

    private Plots() {}

    /** Its name in the legend is the row's title, its colour the row's. */
    static String percentiles(List<Row> rows, String id, String label) {
        XYChart chart = chart(WIDTH, HEIGHT, "percentile", rows.get(0).unit().symbol());
        List<Color> colors = Colors.of(rows);
        DoubleStream.Builder all = DoubleStream.builder();
        for (int i = 0; i < rows.size(); i++) {
            Row row = rows.get(i);
            double[] x = inverseTails(row.count());
            double[] y = DoubleStream.of(x)
                    .map(tail -> row.percentile(100 - 100 / tail))
                    .toArray();
            DoubleStream.of(y).forEach(all);
            line(chart, row.id(), x, y, colors.get(i));
        }
        AxesChartStyler styler = chart.getStyler();
        styler.setXAxisLogarithmic(true);
        styler.setXAxisMin(1.0);
        styler.setXAxisTickLabelsFormattingFunction(Plots::percentile);
        logarithmicY(chart, all.build().toArray());
        return svg(chart, WIDTH, HEIGHT, id, label);
    }

    /** 1 / (1 - p) for each p that a curve has: equally many from 0 % to 90 %, from there to 99 %, and so on. */
    private static double[] inverseTails(long count) {
        int points = (int) (Math.min(MOST_NINES, Math.log10(count)) * POINTS_PER_NINE);
        return IntStream.rangeClosed(0, Math.max(1, points))
                .mapToDouble(i -> Math.pow(10, (double) i / POINTS_PER_NINE))
                .toArray();
    }

    private static String percentile(double inverseTail) {
        boolean shown = Math.abs(inverseTail - 2) < 0.01 || Math.abs(Math.log10(inverseTail) % 1) < 0.01;
        return shown ? Scale.shorten(100 - 100 / inverseTail) + " %" : " ";
    }

    /** Medians as bars, from the value that all are compared with. */
    static String ratios(List<Row> rows, Row floor, String id, String label) {
        Bars bars = new Bars(
                WIDTH, rows, row -> row.ratio(floor, 50), 1, row -> Tables.format("%.2fx", row.ratio(floor, 50)));
        VectorGraphics2D drawing = new VectorGraphics2D();
        bars.draw(drawing, 0);
        return Svg.inline(drawing, WIDTH, bars.height(), id, label);
    }

    /** How medians grow: rows with points of one plot. */
    static String curves(List<Row> rows, String id, String label) {
        XYChart chart = chart(
                WIDTH, HEIGHT, rows.get(0).point().axis(), rows.get(0).unit().symbol());
        Map<String, List<Row>> series = rows.stream()
                .sorted(Comparator.comparingDouble(row -> row.point().x()))
                .collect(Collectors.groupingBy(row -> row.point().series(), LinkedHashMap::new, Collectors.toList()));
        List<Color> colors =
                Colors.of(series.values().stream().map(points -> points.get(0)).toList());
        Iterator<Color> color = colors.iterator();
        series.forEach((name, points) -> {
            double[] at = points.stream().mapToDouble(row -> row.point().x()).toArray();
            double[] medians =
                    points.stream().mapToDouble(row -> row.percentile(50)).toArray();
            line(chart, name, at, medians, color.next()).setMarker(SeriesMarkers.CIRCLE);
        });
        double[] x = rows.stream().mapToDouble(row -> row.point().x()).sorted().toArray();
        Scale scale = Scale.of(DoubleStream.of(x));
        chart.getStyler().setXAxisLogarithmic(true);
        chart.getStyler().setXAxisMin(x[0] / AROUND_POINTS);
        chart.getStyler().setXAxisMax(x[x.length - 1] * AROUND_POINTS);
        chart.getStyler().setXAxisTickLabelsFormattingFunction(scale::label);
        logarithmicY(chart, rows.stream().mapToDouble(row -> row.percentile(50)).toArray());
        return svg(chart, WIDTH, HEIGHT, id, label);
    }

    /** Where it can be: idle workers may take no time at all. */
    private static void logarithmicY(XYChart chart, double[] values) {
        AxesChartStyler styler = chart.getStyler();
        if (DoubleStream.of(values).anyMatch(value -> value <= 0)) {
            styler.setYAxisMin(0.0);
            styler.setYAxisMax(Math.max(1, DoubleStream.of(values).max().orElse(1)));
            return;
        }
        Scale scale = Scale.of(DoubleStream.of(values));
        styler.setYAxisLogarithmic(true);
        styler.setYAxisMin(scale.lowest() / AROUND_TICKS);
        styler.setYAxisMax(scale.highest() * AROUND_TICKS);
        styler.setYAxisTickLabelsFormattingFunction(scale::label);
    }

    private static XYSeries line(XYChart chart, String name, double[] x, double[] y, Color color) {
        XYSeries series = chart.addSeries(name, x, y);
        series.setMarker(SeriesMarkers.NONE);
        series.setLineStyle(new BasicStroke(2, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
        series.setLineColor(color);
        series.setMarkerColor(color);
        return series;
    }

    private static XYChart chart(int width, int height, String xTitle, String yTitle) {
        XYChart chart = new XYChartBuilder()
                .width(width)
                .height(height)
                .theme(Styler.ChartTheme.Matlab)
                .xAxisTitle(xTitle)
                .yAxisTitle(yTitle)
                .build();
        AxesChartStyler styler = chart.getStyler();
        styler.setLegendVisible(false);
        styler.setChartBackgroundColor(NOTHING);
        styler.setPlotBackgroundColor(NOTHING);
        styler.setPlotBorderVisible(false);
        styler.setPlotMargin(0);
        styler.setPlotContentSize(1);
        styler.setPlotGridLinesColor(GRID);
        styler.setPlotGridLinesStroke(new BasicStroke(1));
        styler.setPlotTicksMarksVisible(false);
        styler.setAxisTicksLineVisible(false);
        styler.setAxisTicksMarksVisible(false);
        styler.setAxisTickLabelsFont(FONT);
        styler.setAxisTitleFont(FONT);
        styler.setXAxisLogarithmicDecadeOnly(false);
        styler.setYAxisLogarithmicDecadeOnly(false);
        return chart;
    }

    private static String svg(XYChart chart, int width, int height, String id, String label) {
        VectorGraphics2D drawing = new VectorGraphics2D();
        chart.paint(drawing, width, height);
        return Svg.inline(drawing, width, height, id, label);
    }
}
