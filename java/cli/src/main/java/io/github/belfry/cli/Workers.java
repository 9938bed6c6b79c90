package io.github.belfry.cli;

import io.github.belfry.Signal;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerProcess;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The workers of a master that Ctrl+C may end at any moment. Two threads use it: the main one, and the shutdown hook.
 *
 * <pre>
 * main thread                        shutdown hook
 *   start, start, start...
 *                                      over: from here on the main thread starts, signals and prints nothing
 *     the one in hand gets started
 *                                      lock: SIGINT to all, wait for all, one line each
 * </pre>
 *
 * <p>The thread that sets {@code over} alone says how it ended.
 */
final class Workers {
    /** How long a worker may take to end after SIGINT; then it is closed, which is harsher. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    private final PrintWriter out;
    private final AtomicBoolean over = new AtomicBoolean();
    private final List<WorkerProcess> started = new ArrayList<>();

    Workers(PrintWriter out) {
        this.out = out;
    }

    synchronized void start(WorkerProcess.Builder program) throws IOException {
        if (!over.get()) {
            started.add(program.start());
        }
    }

    /** To each that still runs. */
    synchronized void signal(Signal signal) {
        for (WorkerProcess worker : started) {
            if (!over.get()) {
                ifRunning(() -> worker.signal(signal));
            }
        }
    }

    /** Blocks until all have ended. */
    void await() throws InterruptedException {
        for (WorkerProcess worker : List.copyOf(started)) {
            worker.waitFor();
        }
    }

    /** Prints how each of them ended, and tells whether all exited with 0; empty if the hook has done that. */
    Optional<Boolean> report() {
        if (!over.compareAndSet(false, true)) {
            return Optional.empty();
        }
        printExits();
        Optional<WorkerExit> well = Optional.of(new WorkerExit.Exited(0));
        return Optional.of(started.stream().allMatch(worker -> exit(worker).equals(well)));
    }

    /** Ends those that were started, because another can't be. */
    synchronized void giveUp() {
        if (over.compareAndSet(false, true)) {
            close(started);
        }
    }

    /** What Ctrl+C means, for the shutdown hook. Once; blocks until all have ended. */
    void interrupt() {
        boolean first = over.compareAndSet(false, true);
        synchronized (this) {
            if (first) {
                // The group, as a terminal would: a shell that runs the real worker may not leave it behind.
                started.forEach(worker -> ifRunning(() -> worker.signalGroup(Signal.INT)));
                close(runningAfter(GRACE));
                printExitsInTime();
            }
        }
    }

    private List<WorkerProcess> runningAfter(Duration grace) {
        long deadlineNanos = System.nanoTime() + grace.toNanos();
        List<WorkerProcess> running = new ArrayList<>();
        for (WorkerProcess worker : started) {
            if (exitWithin(Duration.ofNanos(deadlineNanos - System.nanoTime()), worker)
                    .isEmpty()) {
                running.add(worker);
            }
        }
        return running;
    }

    /** Closes them at once, so that the stubborn ones don't add up their graces. */
    private static void close(List<WorkerProcess> workers) {
        List<Thread> closers = new ArrayList<>();
        for (WorkerProcess worker : workers) {
            Thread closer = new Thread(() -> ifRunning(worker::close), "belfry-close-" + worker.pid());
            closer.start();
            closers.add(closer);
        }
        closers.forEach(closer -> join(closer, Duration.ZERO));
    }

    /** Zero is for ever. */
    private static void join(Thread thread, Duration timeout) {
        try {
            thread.join(timeout.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void ifRunning(Runnable signal) {
        try {
            signal.run();
        } catch (IllegalStateException ended) {
            // Its line says how.
        } catch (UncheckedIOException refused) {
            // It has become another user's: its line says that it still runs.
        }
    }

    /** A pipe that is full and not read can't keep the master from ending. */
    private void printExitsInTime() {
        Thread printer = new Thread(
                () -> {
                    printExits();
                    Belfry.printed(out);
                },
                "belfry-print");
        printer.setDaemon(true);
        printer.start();
        join(printer, GRACE);
    }

    private void printExits() {
        for (WorkerProcess worker : started) {
            out.println(worker.pid() + " " + exit(worker).map(Workers::describe).orElse("still runs"));
        }
    }

    private static Optional<WorkerExit> exit(WorkerProcess worker) {
        return exitWithin(Duration.ZERO, worker);
    }

    private static Optional<WorkerExit> exitWithin(Duration timeout, WorkerProcess worker) {
        try {
            return worker.waitFor(timeout);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    static String describe(WorkerExit exit) {
        if (exit instanceof WorkerExit.Exited exited) {
            return "exited with " + exited.code();
        }
        if (exit instanceof WorkerExit.Signaled signaled) {
            return "killed by " + signaled.signal() + (signaled.coreDumped() ? " (core dumped)" : "");
        }
        return "ended, its exit status is lost";
    }
}
