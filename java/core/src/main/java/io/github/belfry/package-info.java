/**
 * Starts native worker processes, hands them data through shared memory and wakes them with a signal.
 *
 * <p>{@link io.github.belfry.WorkerProcess} starts, signals and awaits a program;
 * {@link io.github.belfry.SharedMapping} is memory that both sides see. Linux only. Natives are inside the jar.
 */
@NullMarked
package io.github.belfry;

import org.jspecify.annotations.NullMarked;
