/** Runs the packaged {@code belfry.jar} as a user does: in a VM of its own, on real processes and a real terminal. */
@NullMarked
package io.github.belfry.cli;

import org.jspecify.annotations.NullMarked;
