package io.github.belfry.benchmarks;

import java.util.Objects;

/**
 * Where a row lies on a curve that shows how cost grows.
 *
 * @param plot what is shown
 * @param series which curve of the picture
 * @param axis what grows
 * @param x how much of it
 */
record Point(String plot, String series, String axis, double x) {
    Point {
        Objects.requireNonNull(plot, "plot");
        Objects.requireNonNull(series, "series");
        Objects.requireNonNull(axis, "axis");
    }

    /** Rows with the same one are in the same picture. */
    String caption() {
        return plot + ", by " + axis + ": median";
    }
}
