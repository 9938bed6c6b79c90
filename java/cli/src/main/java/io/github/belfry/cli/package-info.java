/**
 * The {@code belfry} command: each subcommand is a class of its own, and {@link io.github.belfry.cli.Belfry} is where
 * it starts.
 */
@NullMarked
package io.github.belfry.cli;

import org.jspecify.annotations.NullMarked;
