/** What pools of Belfry count, as meters of Micrometer: {@link io.github.belfry.micrometer.BelfryMetrics}. */
@NullMarked
package io.github.belfry.micrometer;

import org.jspecify.annotations.NullMarked;
