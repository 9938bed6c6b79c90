/**
 * Native worker processes beside a JVM: data goes through shared memory, and a signal wakes the side that sleeps.
 * Linux only; the native code is inside the jar.
 *
 * <h2>Pools</h2>
 *
 * A {@link io.github.belfry.WorkerPool} sends requests to worker processes that are written in C with
 * {@code belfry/worker.h}, and starts those again that die:
 *
 * <pre>{@code
 * try (WorkerPool pool = WorkerPool.bundled("upper").workers(2).start()) {
 *     byte[] reply = pool.call("hello".getBytes());
 * }
 * }</pre>
 *
 * <p>A request fails with a {@link io.github.belfry.WorkerException}: {@link io.github.belfry.WorkerFaultException}
 * when the worker answers with a code, {@link io.github.belfry.WorkerDiedException} when workers die of it, {@link
 * io.github.belfry.RequestTimeoutException} when it takes too long, {@link io.github.belfry.PoolUnavailableException}
 * when the pool is closed or its workers keep dying, and {@link io.github.belfry.RequestInterruptedException} when its
 * thread is interrupted while it waits. {@link io.github.belfry.PoolStats} has what the workers have counted, and a
 * {@link io.github.belfry.PoolListener} is told of deaths, failures and what workers write to standard error.
 *
 * <h2>Processes</h2>
 *
 * A {@link io.github.belfry.WorkerProcess} is any program, started with what {@link java.lang.ProcessBuilder} can't
 * set: descriptors, blocked signals, {@linkplain io.github.belfry.ResourceLimit limits}, processors, a user. By default
 * it ends with its parent, and how it ended is a {@link io.github.belfry.WorkerExit}. {@link io.github.belfry.Stdio}
 * says where its standard streams go. {@link io.github.belfry.WorkerProcess.Builder#run()} does all in one, and gives a
 * {@link io.github.belfry.CompletedProcess}; a {@link io.github.belfry.WorkerProcess.Pipeline} connects several.
 *
 * <h2>Mappings</h2>
 *
 * A {@link io.github.belfry.SharedMapping} is memory that this process and others see: a file, or memory without a name
 * that {@link io.github.belfry.WorkerProcess.Builder#passMapping} hands to a program.
 *
 * <h2>Signals</h2>
 *
 * A {@link io.github.belfry.Signal} is sent by {@link io.github.belfry.WorkerProcess#signal(Signal)}, which never
 * reaches another process that got the same id.
 */
@NullMarked
package io.github.belfry;

import org.jspecify.annotations.NullMarked;
