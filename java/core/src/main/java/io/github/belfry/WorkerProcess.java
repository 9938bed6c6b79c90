package io.github.belfry;

import io.github.belfry.internal.process.Child;
import io.github.belfry.internal.process.LaunchOptions;
import io.github.belfry.internal.process.Spawner;
import io.github.belfry.internal.sys.DaemonThread;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A native program that we started, from then until it has been reaped, which happens by itself as soon as it ends.
 * All methods may be called by any thread; those that block say so.
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
     * @throws IllegalArgumentException if it is empty, the program's name is, or a NUL is in it
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
     * @throws IllegalArgumentException if it is empty or of another file system, or a NUL is in an argument
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

    Child child() {
        return child;
    }

    /** Its process id; once it has ended, the system may give it to another process. */
    public long pid() {
        return child.pid();
    }

    /** Whether it hasn't been reaped yet. */
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
     * Sends a signal to every process of its group.
     *
     * @throws IllegalStateException when it has ended, or has no group of its own
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
     * A new future of its end, completed in a thread that serves nothing else, so what hangs on it may block.
     * Cancelling it changes nothing for the worker.
     */
    public CompletableFuture<WorkerExit> onExit() {
        CompletableFuture<WorkerExit> future = new CompletableFuture<>();
        Runnable wait = () -> {
            try {
                future.complete(waitFor());
            } catch (InterruptedException e) {
                future.completeExceptionally(e);
            }
        };
        DaemonThread.start("belfry-exit-" + pid(), wait);
        return future;
    }

    private WorkerExit exit() {
        return Objects.requireNonNull(child.exit());
    }

    /**
     * Its standard input; unbuffered. A write blocks while the pipe is full, and is an IOException once the worker has
     * closed its end or ended.
     *
     * @throws IllegalStateException when it isn't {@link Stdio#PIPE}
     */
    public OutputStream stdin() {
        return child.pipes().stdin();
    }

    /**
     * Its standard output; unbuffered. A read blocks until there is something, and gives -1 when every writer is gone.
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
     * Ends it: SIGTERM, to the group when it has its own; after the grace SIGKILL. Blocks until it is reaped, then
     * closes the pipes. What is left of its group gets SIGKILL at the moment its leader ends. An interrupt shortens the
     * grace to nothing and stays set. For a worker that has ended it only closes the pipes.
     *
     * @throws java.io.UncheckedIOException when the system refuses the signal, for it has become another user's
     */
    @Override
    public void close() {
        try {
            end();
        } finally {
            child.pipes().close();
        }
    }

    private void end() {
        child.signalToEnd(Signal.TERM);
        boolean interrupted = false;
        try {
            try {
                if (child.await(closeGrace)) {
                    return;
                }
            } catch (InterruptedException e) {
                interrupted = true;
            }
            child.signalToEnd(Signal.KILL);
            while (isAlive()) {
                try {
                    child.await();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
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

        /**
         * Starts it and waits until it runs, not interruptibly.
         *
         * @throws WorkerStartException when a system call fails, with its name; then no process is left
         * @throws IllegalStateException when a mapping to pass has been closed
         */
        public WorkerProcess start() throws IOException {
            return new WorkerProcess(Spawner.start(options.build()), closeGrace);
        }
    }
}
