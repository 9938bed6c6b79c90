/** Real pools and a real registry of Prometheus. */
@NullMarked
package io.github.belfry.micrometer;

import org.jspecify.annotations.NullMarked;
