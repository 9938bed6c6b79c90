package io.github.belfry;

import io.github.belfry.internal.process.Child;
import io.github.belfry.internal.process.Close;
import io.github.belfry.internal.process.LaunchOptions;
import io.github.belfry.internal.process.Spawner;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
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
    public static final class Builder {
        final LaunchOptions options;
        private Duration closeGrace = Duration.ofSeconds(5);

        Builder(LaunchOptions options) {
            this.options = options;
        }

        /** Where it runs; this process's directory by default. */
        public Builder directory(Path directory) {
            options.directory(directory);
            return this;
        }

        /** Its whole environment, instead of this process's. Forgets what {@link #environment(String, String)} said. */
        public Builder environment(Map<String, String> replaceAll) {
            options.environment(replaceAll);
            return this;
        }

        /**
         * One variable of its environment.
         *
         * @param value null removes it
         * @throws IllegalArgumentException for an empty name, one with {@code =}, or a NUL
         */
        public Builder environment(String name, @Nullable String value) {
            options.environment(name, value);
            return this;
        }

        /** Inherited by default. */
        public Builder stdin(Stdio source) {
            return stdio(0, source);
        }

        /** Inherited by default. */
        public Builder stdout(Stdio target) {
            return stdio(1, target);
        }

        /** Inherited by default. */
        public Builder stderr(Stdio target) {
            return stdio(2, target);
        }

        /** All three standard streams are this process's own. */
        public Builder inheritIO() {
            return stdio(0, Stdio.INHERIT).stdio(1, Stdio.INHERIT).stdio(2, Stdio.INHERIT);
        }

        private Builder stdio(int fd, Stdio stdio) {
            options.stream(fd, stdio.redirect());
            return this;
        }

        /**
         * Signals that are blocked when it starts, in addition to those of earlier calls: one that comes before the
         * program is ready waits until it unblocks or takes it (sigwaitinfo(2)), instead of killing it. No other signal
         * is blocked, and each has its default disposition.
         *
         * @throws IllegalArgumentException for KILL and STOP, which can't be blocked
         */
        public Builder blockSignals(Signal... signals) {
            options.blockSignals(signals);
            return this;
        }

        /**
         * Gives it the mapping's file or memfd as a descriptor, for mmap(2).
         *
         * @param childFd its number there, from 3 on
         * @throws IllegalArgumentException for 0 to 2 and for a number already given away
         */
        public Builder passMapping(int childFd, SharedMapping mapping) {
            options.passMapping(childFd, mapping.range(), mapping);
            return this;
        }

        /**
         * Whether it leads a process group of its own: then Ctrl+C doesn't reach it, {@link WorkerProcess#signalGroup}
         * and {@link WorkerProcess#close} reach all of the group, and after its end it isn't reaped before its group is
         * empty or closed. False by default.
         */
        public Builder processGroup(boolean own) {
            options.processGroup(own);
            return this;
        }

        /**
         * Whether SIGKILL ends it when this VM ends, however that happens; true by default. With
         * {@link #processGroup} its whole group ends, so also what it has started. A process {@code belfry-keeper}
         * does that, see pidfd_send_signal(2). One of another {@link #user} escapes if this VM may not signal that
         * user's processes (CAP_KILL), and so does what calls setsid(2). Where there is no keeper, because pidfds are
         * refused, the process itself ends by PR_SET_PDEATHSIG of prctl(2), which a program with set-user-id escapes.
         */
        public Builder dieWithParent(boolean die) {
            options.dieWithParent(die);
            return this;
        }

        /**
         * The processors that it may use, counted from 0; this process's by default.
         *
         * @throws IllegalArgumentException for none, a negative one or one above 65536
         */
        public Builder cpus(int... cpus) {
            options.cpus(cpus);
            return this;
        }

        /**
         * A limit, as in setrlimit(2).
         *
         * @param soft in the resource's unit, or {@link ResourceLimit#UNLIMITED}
         * @param hard likewise
         * @throws IllegalArgumentException for another negative value
         */
        public Builder limit(ResourceLimit resource, long soft, long hard) {
            options.limit(resource.number, resource.name(), soft, hard);
            return this;
        }

        /**
         * Its file mode creation mask; this process's by default.
         *
         * @throws IllegalArgumentException outside 0..0777
         */
        public Builder umask(int mask) {
            options.umask(mask);
            return this;
        }

        /**
         * Its nice value; this process's by default.
         *
         * @throws IllegalArgumentException outside -20..19
         */
        public Builder nice(int value) {
            options.nice(value);
            return this;
        }

        /**
         * Whom it runs as; this process's user by default. Its supplementary groups are dropped.
         *
         * @throws IllegalArgumentException for a negative id
         */
        public Builder user(int uid, int gid) {
            options.user(uid, gid);
            return this;
        }

        /**
         * How long {@link WorkerProcess#close} waits before SIGTERM, if it has closed a pipe, and again before SIGKILL;
         * 5 s by default.
         *
         * @throws IllegalArgumentException for a negative one
         */
        public Builder closeGrace(Duration grace) {
            if (grace.isNegative()) {
                throw new IllegalArgumentException("closeGrace is negative: " + grace);
            }
            closeGrace = grace;
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
