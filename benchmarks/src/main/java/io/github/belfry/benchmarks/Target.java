package io.github.belfry.benchmarks;

import java.util.Locale;

/**
 * What a row of ours is to reach.
 *
 * @param percent the percentile that is compared
 * @param against the id of the other row of the suite
 * @param most how many times the other one's it may be
 */
record Target(double percent, String against, double most) {
    String text() {
        return String.format(Locale.ROOT, "p%.0f <= %.2fx %s", percent, most, against);
    }
}
