package io.github.belfry;

import io.github.belfry.internal.process.Child;
import io.github.belfry.internal.process.Close;
import io.github.belfry.internal.process.Descriptors;
import io.github.belfry.internal.process.LaunchOptions;
import io.github.belfry.internal.process.Spawner;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A native program that we started, from then until it has been reaped, which happens by itself as soon as it ends.
 * All methods may be called by any thread; those that block say so. A virtual thread that blocks in one of them, or in
 * a read or write of a pipe, holds no thread of the kernel's.
 *
 * <pre>{@code
 * try (WorkerProcess worker = WorkerProcess.command("./worker").blockSignals(Signal.USR1).start()) {
 *     worker.signal(Signal.USR1);
 *     WorkerExit exit = worker.waitFor();
 * }
 * }</pre>
 */
public final class WorkerProcess implements AutoCloseable {
    private final Child child;
    private final Duration closeGrace;

    private WorkerProcess(Child child, Duration closeGrace) {
        this.child = child;
        this.closeGrace = closeGrace;
    }

    /**
     * A program to start.
     *
     * @param command the program and its arguments, in UTF-8. A program without a slash is looked for in this process's
     *     PATH; one with a slash is relative to {@link Builder#directory}.
     * @throws IllegalArgumentException if it is empty, the program's name is, or a NUL is in it, or a surrogate without
     *     its other half, which UTF-8 can't have
     */
    public static Builder command(String... command) {
        return command(List.of(command));
    }

    /** The same as {@link #command(String...)}. */
    public static Builder command(List<String> command) {
        return new Builder(new LaunchOptions(command));
    }

    /**
     * A file to start: relative to this VM's directory, whatever {@link Builder#directory} is, and never from PATH.
     *
     * @throws IllegalArgumentException if it is empty or of another file system, or an argument is refused as {@link
     *     #command(String...)} does
     */
    public static Builder command(Path program, String... arguments) {
        return new Builder(LaunchOptions.program(program, arguments));
    }

    /**
     * A worker inside this library's jar. It runs from sealed memory, so no file is written.
     *
     * @param worker its name, for example {@code test_signal_recv}
     * @throws IllegalArgumentException if there is none of that name
     */
    public static Builder bundled(String worker, String... arguments) {
        return new Builder(LaunchOptions.bundled(worker, arguments));
    }

    /**
     * Programs of which each writes what the next one reads. Later changes of the builders don't change it.
     *
     * @throws IllegalArgumentException if there is none, or one sets its standard input or output where that is the
     *     pipe to another stage
     */
    public static Pipeline pipeline(Builder... stages) {
        return new Pipeline(stages);
    }

    Child child() {
        return child;
    }

    /** Its process id; once it has ended, the system may give it to another process. */
    public long pid() {
        return child.pid();
    }

    /** Whether it hasn't ended, as far as is known: its end is seen at once. */
    public boolean isAlive() {
        return child.exit() == null;
    }

    /**
     * Sends a signal: pidfd_send_signal(2), or kill(2) where that is refused. It never reaches another process.
     *
     * @throws IllegalStateException when it has ended
     * @throws java.io.UncheckedIOException when the system refuses
     */
    public void signal(Signal signal) {
        child.signal(signal);
    }

    /**
     * Queues a signal with a value, as sigqueue(3) does. Standard signals still coalesce; real-time ones don't.
     *
     * @throws IllegalStateException when it has ended
     * @throws java.io.UncheckedIOException when the system refuses: EAGAIN, too many are queued
     */
    public void signal(Signal signal, int value) {
        child.signal(signal, value);
    }

    /**
     * It as a {@link ProcessHandle}, for what the JDK can tell of a process: its children, its start, its time.
     *
     * @throws IllegalStateException when it has ended, and its number may be another's
     */
    public ProcessHandle toHandle() {
        return child.toHandle();
    }

    /**
     * Sends a signal to every process of its group, kill(2), also after its own end while others of the group are left:
     * until then its number stays its own.
     *
     * @throws IllegalStateException when it and its group have ended, or it has no {@link Builder#processGroup} of its
     *     own
     * @throws java.io.UncheckedIOException when the system refuses
     */
    public void signalGroup(Signal signal) {
        child.signalGroup(signal);
    }

    /** Blocks until it has ended. */
    public WorkerExit waitFor() throws InterruptedException {
        child.await();
        return exit();
    }

    /** Blocks until it has ended, for {@code timeout} at most; empty when it still runs. */
    public Optional<WorkerExit> waitFor(Duration timeout) throws InterruptedException {
        return child.await(timeout) ? Optional.of(exit()) : Optional.empty();
    }

    /**
     * A new future of its end. What hangs on it runs in one thread that all processes share, and may block: then
     * another thread goes on. When it has ended already the future is complete. Cancelling it changes nothing for the
     * worker.
     */
    public CompletableFuture<WorkerExit> onExit() {
        return child.onExit();
    }

    private WorkerExit exit() {
        return Objects.requireNonNull(child.exit());
    }

    /**
     * Its standard input; unbuffered. A write blocks, not interruptibly, while the pipe is full, and is an IOException
     * once the worker has closed its end or ended, or the stream or this has been closed, also meanwhile.
     *
     * @throws IllegalStateException when it isn't {@link Stdio#PIPE}
     */
    public OutputStream stdin() {
        return child.pipes().stdin();
    }

    /**
     * Its standard output; unbuffered. A read blocks, not interruptibly, until there is something, and gives -1 when
     * all is read and every writer is gone; it is an IOException once the stream or this has been closed, also
     * meanwhile.
     *
     * @throws IllegalStateException when it isn't {@link Stdio#PIPE}
     */
    public InputStream stdout() {
        return child.pipes().stdout();
    }

    /**
     * Its standard error, as {@link #stdout}.
     *
     * @throws IllegalStateException when it isn't {@link Stdio#PIPE}
     */
    public InputStream stderr() {
        return child.pipes().stderr();
    }

    /**
     * Ends it. If its standard input is a pipe, that is closed, and it has {@link Builder#closeGrace} to end by itself,
     * as a filter does that has got all its input. If it hasn't, or without such a pipe at once: SIGTERM, to the group
     * when it has its own, and after another grace SIGKILL. What is left of its own group when it has ended gets the
     * same two signals. Blocks until it is reaped, then closes the pipes: a read that is blocked on one gets an
     * IOException.
     *
     * <p>A worker that has more to do than the grace allows is cut short: close {@link #stdin()} and call
     * {@link #waitFor()} first. So is one that waits for its output to be read. An interrupt skips both graces and stays
     * set. For a worker that has ended with its group it only closes the pipes.
     *
     * @throws java.io.UncheckedIOException when the system refuses the signal, for it has become another user's
     */
    @Override
    public void close() {
        Close.close(child, closeGrace);
    }

    @Override
    public String toString() {
        return child.toString();
    }

    /**
     * How to start a program. A value that is wrong by itself is refused by its method; what the system refuses is an
     * exception of {@link #start}. Can be used again; not for several threads at once.
     */
    public static final class Builder extends ProcessOptions<Builder> {
        Builder(LaunchOptions options) {
            super(options);
        }

        @Override
        Builder self() {
            return this;
        }

        Builder copy() {
            Builder copy = new Builder(options.copy());
            copy.closeGrace = closeGrace;
            return copy;
        }

        /**
         * Starts it and waits until it runs, not interruptibly.
         *
         * @throws WorkerStartException when a system call fails, with its name; then no process is left
         * @throws IllegalStateException when a mapping to pass has been closed
         */
        public WorkerProcess start() throws IOException {
            return startWith();
        }

        WorkerProcess startWith(Descriptors.Given... given) throws IOException {
            return new WorkerProcess(Spawner.start(options.build(), given), closeGrace);
        }

        /**
         * Runs it to its end, as {@link #run(byte[], Duration)} without an input and without a timeout.
         *
         * @throws WorkerStartException when it can't be started
         * @throws IllegalStateException when its standard input is {@link Stdio#PIPE}
         * @throws InterruptedException when the thread is interrupted; the program has been ended
         */
        public CompletedProcess run() throws IOException, InterruptedException {
            return ProcessRun.run(List.of(copy()));
        }

        /**
         * Runs it: starts it, writes the input, collects its outputs and waits for its end. However much it reads and
         * writes, and in which order, neither side waits for the other for ever. A program that fails is no exception:
         * see {@link CompletedProcess#check}.
         *
         * <p>Outputs that aren't set are collected in memory, to their ends: another program that has inherited one,
         * and lives longer, is waited for. Those that are set go where they are set to, and are empty in the result
         * ({@link Stdio#PIPE} is as if it were not set). A program that doesn't read all of its input is no error.
         *
         * <p>Blocks. This thread does it all; no other is made but by a timeout, or for a virtual thread, whose carrier
         * would be blocked.
         *
         * @param input its standard input, from a pipe; null: what {@link #stdin} says, by default /dev/null
         * @param timeout for all of it; null: none. After that it is ended as by {@link WorkerProcess#close}, but for
         *     its input, which stays open until then.
         * @throws WorkerStartException when it can't be started
         * @throws ProcessTimeoutException when the time is over, with its output so far; it has been ended
         * @throws IllegalStateException when there is an input and {@link #stdin} has been called, or its standard
         *     input is {@link Stdio#PIPE}
         * @throws InterruptedException when the thread is interrupted; the program has been ended, without a grace
         */
        public CompletedProcess run(byte @Nullable [] input, @Nullable Duration timeout)
                throws IOException, InterruptedException, TimeoutException {
            return ProcessRun.run(List.of(copy()), input, timeout);
        }
    }

    /**
     * Programs that run at the same time, of which each but the last writes to its standard output what the next one
     * reads, as a shell's {@code a | b | c}. Can be used again, by several threads at once.
     */
    public static final class Pipeline {
        private final List<Builder> stages;

        private Pipeline(Builder... stages) {
            this.stages = copies(List.of(stages));
            if (stages.length == 0) {
                throw new IllegalArgumentException("a pipeline without a stage");
            }
            for (int i = 0; i < stages.length; i++) {
                LaunchOptions options = stages[i].options;
                if (i > 0 && options.isSet(0) || i < stages.length - 1 && options.isSet(1)) {
                    throw new IllegalArgumentException("stage " + (i + 1) + " of a pipeline, "
                            + options.command().get(0) + ", sets a stream between two stages");
                }
            }
        }

        private static List<Builder> copies(List<Builder> stages) {
            return stages.stream().map(Builder::copy).toList();
        }

        /**
         * Starts them, the first one first. The first one's standard input, the last one's standard output, and each
         * one's standard error are as their builders say. Close each, also those that have ended.
         *
         * @return as many as there are stages, in their order
         * @throws WorkerStartException when one can't be started; those before it have been ended
         */
        public List<WorkerProcess> start() throws IOException {
            return ProcessRun.start(stages);
        }

        /**
         * Runs them to their ends, as {@link #run(byte[], Duration)} without an input and without a timeout.
         *
         * @throws WorkerStartException when one can't be started; those before it have been ended
         * @throws IllegalStateException when the first one's standard input is {@link Stdio#PIPE}
         * @throws InterruptedException when the thread is interrupted; all have been ended
         */
        public CompletedProcess run() throws IOException, InterruptedException {
            return ProcessRun.run(copies(stages));
        }

        /**
         * Runs them as {@link Builder#run(byte[], Duration)} does one: the input is the first one's, the collected
         * standard output the last one's, and the collected standard error that of all, as they wrote it. The result
         * has the exit and the command of the last stage that failed, or of the last one. One that SIGPIPE ended,
         * because the next one had read enough, hasn't failed.
         *
         * @param input the first one's standard input; null: what its builder says, by default /dev/null
         * @param timeout for all of it; null: none. After that all are ended.
         * @throws WorkerStartException when one can't be started; those before it have been ended
         * @throws ProcessTimeoutException when the time is over, with the output so far; all have been ended
         * @throws IllegalStateException when there is an input and the first one's standard input is set, or it is
         *     {@link Stdio#PIPE}
         * @throws InterruptedException when the thread is interrupted; all have been ended, without a grace
         */
        public CompletedProcess run(byte @Nullable [] input, @Nullable Duration timeout)
                throws IOException, InterruptedException, TimeoutException {
            return ProcessRun.run(copies(stages), input, timeout);
        }
    }
}
