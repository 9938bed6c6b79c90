/**
 * Signals, starts, mappings and large pools: Java beside the same in C and beside its peers, measured in turn and printed
 * as tables.
 *
 * <p>{@link io.github.belfry.benchmarks.Benchmarks} runs all; a {@code Suite} lists the rows. {@link
 * io.github.belfry.benchmarks.SignalToRead}, {@link io.github.belfry.benchmarks.StartProcess}, {@link
 * io.github.belfry.benchmarks.MapTouchUnmap} and {@link io.github.belfry.benchmarks.ManyWorkers} are the JMH benchmarks;
 * their C halves are in {@code benchmarks/c}.
 */
@NullMarked
package io.github.belfry.benchmarks;

import org.jspecify.annotations.NullMarked;
