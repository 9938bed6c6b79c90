package io.github.belfry.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;

/** A logarithmic axis whose ends are 1, 2 or 5 times a power of ten, and which has labels there. */
record Scale(double lowest, double highest) {
    private static final double[] STEPS = {1, 2, 5, 10};
    private static final double NEAR = 1e-6;

    /** Labels at 2 and 5 as well where there are fewer decades. */
    private static final double FEW_DECADES = 2.5;

    static Scale of(DoubleStream positive) {
        double[] values = positive.sorted().toArray();
        double lowest = below(values[0]);
        double highest = above(values[values.length - 1]);
        return new Scale(lowest, highest > lowest ? highest : above(lowest * 1.5));
    }

    private static double below(double value) {
        double decade = Math.pow(10, Math.floor(Math.log10(value) + NEAR));
        double found = decade;
        for (double step : STEPS) {
            if (step * decade <= value * (1 + NEAR)) {
                found = step * decade;
            }
        }
        return found;
    }

    private static double above(double value) {
        double decade = Math.pow(10, Math.floor(Math.log10(value) + NEAR));
        for (double step : STEPS) {
            if (step * decade >= value * (1 - NEAR)) {
                return step * decade;
            }
        }
        return 10 * decade;
    }

    /** What a tick says; blank between the labels. */
    String label(double tick) {
        double decade = Math.pow(10, Math.floor(Math.log10(tick) + NEAR));
        long step = Math.round(tick / decade);
        boolean few = Math.log10(highest / lowest) < FEW_DECADES;
        return step == 1 || few && (step == 2 || step == 5) ? shorten(tick) : " ";
    }

    /** Those with a label. */
    List<Double> ticks() {
        List<Double> ticks = new ArrayList<>();
        for (double tick = lowest; tick <= highest * (1 + NEAR); tick = above(tick * (1 + 2 * NEAR))) {
            if (!label(tick).isBlank()) {
                ticks.add(tick);
            }
        }
        return ticks;
    }

    /** Never 1E5. */
    static String shorten(double number) {
        if (number >= 1e6) {
            return plain(number / 1e6) + "M";
        }
        return number >= 1e4 ? plain(number / 1e3) + "k" : plain(number);
    }

    private static String plain(double number) {
        String text = String.format(Locale.ROOT, "%.3f", number);
        return text.replaceAll("0+$", "").replaceAll("\\.$", "");
    }
}
