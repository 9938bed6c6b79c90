/**
 * Signal to read and starting a process: Java beside the same in C, measured in turn and printed as one table.
 *
 * <p>{@link io.github.belfry.benchmarks.Benchmarks} runs all; {@link io.github.belfry.benchmarks.SignalToRead} and
 * {@link io.github.belfry.benchmarks.StartProcess} are the JMH benchmarks; their C halves are in {@code benchmarks/c}.
 */
@NullMarked
package io.github.belfry.benchmarks;

import org.jspecify.annotations.NullMarked;
