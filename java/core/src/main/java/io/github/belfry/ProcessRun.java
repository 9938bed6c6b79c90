package io.github.belfry;

import io.github.belfry.internal.process.Descriptors;
import io.github.belfry.internal.process.Exchange;
import io.github.belfry.internal.process.Links;
import io.github.belfry.internal.process.Redirect;
import io.github.belfry.internal.sys.DaemonThread;
import io.github.belfry.internal.sys.Deadline;
import io.github.belfry.internal.sys.PlatformThread;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Programs of which each but the last writes what the next one reads, from their start to their end: one program, or a
 * {@link WorkerProcess.Pipeline}. The caller's thread does it all but ending what takes too long.
 */
final class ProcessRun {
    private final List<WorkerProcess.Builder> stages;
    private final @Nullable Duration timeout;
    private final List<WorkerProcess> started = new ArrayList<>();

    private ProcessRun(List<WorkerProcess.Builder> stages, @Nullable Duration timeout) {
        this.stages = stages;
        this.timeout = timeout;
    }

    /** Starts them; their outer streams are as they say. */
    static List<WorkerProcess> start(List<WorkerProcess.Builder> stages) throws IOException {
        ProcessRun run = new ProcessRun(stages, null);
        run.startWith(null);
        return List.copyOf(run.started);
    }

    /** Runs them as the next method, without an input and without a timeout. */
    static CompletedProcess run(List<WorkerProcess.Builder> stages) throws IOException, InterruptedException {
        try {
            return run(stages, null, null);
        } catch (TimeoutException e) {
            throw new AssertionError("there is no timeout", e);
        }
    }

    /** Runs them. The builders are copies, in which a standard input that isn't set becomes /dev/null. */
    static CompletedProcess run(
            List<WorkerProcess.Builder> stages, byte @Nullable [] input, @Nullable Duration timeout)
            throws IOException, InterruptedException, TimeoutException {
        WorkerProcess.Builder first = stages.get(0);
        if (input != null && first.options.isSet(0)) {
            throw new IllegalStateException("there is an input, but stdin is set to something else");
        }
        if (first.options.isPipe(0)) {
            throw new IllegalStateException("stdin is a pipe, which no program would write: give the input to run");
        }
        first.options.streamUnlessSet(0, Redirect.NULL);
        ProcessRun run = new ProcessRun(stages, timeout);
        try {
            return PlatformThread.call("belfry-run", () -> run.toItsEnd(input));
        } catch (IOException | InterruptedException | TimeoutException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private CompletedProcess toItsEnd(byte @Nullable [] input)
            throws IOException, InterruptedException, TimeoutException {
        Deadline deadline = new Deadline(timeout);
        String program = stages.get(0).options.command().get(0);
        boolean anyStderr = stages.stream().anyMatch(stage -> isCollected(stage, 2));
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        try (Exchange exchange = new Exchange(program, input, isCollected(last(), 1), anyStderr)) {
            startWith(exchange);
            exchange.closeChildEnds();
            if (isFinished(exchange, deadline)) {
                return completed(exchange);
            }
            List<Throwable> failures = endAll(exchange);
            ProcessTimeoutException late =
                    new ProcessTimeoutException(Objects.requireNonNull(timeout), completed(exchange));
            failures.forEach(late::addSuppressed);
            throw late;
        }
    }

    private WorkerProcess.Builder last() {
        return stages.get(stages.size() - 1);
    }

    /** Of an output: a pipe that no other program reads is the caller's. */
    private static boolean isCollected(WorkerProcess.Builder stage, int fd) {
        return !stage.options.isSet(fd) || stage.options.isPipe(fd);
    }

    private void startWith(@Nullable Exchange exchange) throws IOException {
        try (Links links = new Links()) {
            try {
                for (WorkerProcess.Builder stage : stages) {
                    List<Descriptors.Given> given = new ArrayList<>();
                    if (exchange != null) {
                        given.addAll(exchange.given(stage == stages.get(0), stage == last(), isCollected(stage, 2)));
                    }
                    given.addAll(links.forNext(stage.options.command().get(0), stage == last()));
                    started.add(stage.startWith(given.toArray(Descriptors.Given[]::new)));
                }
            } catch (IOException | RuntimeException | Error e) {
                // Before the pipes are closed: none is to take a part of its input for the whole.
                started.forEach(worker -> closeAfter(e, worker));
                throw e;
            }
        }
    }

    private static void closeAfter(Throwable failure, WorkerProcess worker) {
        try {
            worker.close();
        } catch (RuntimeException refused) {
            failure.addSuppressed(refused);
        }
    }

    /** False when the time is over. On an interrupt or a failure all are ended. */
    private boolean isFinished(Exchange exchange, Deadline deadline) throws IOException, InterruptedException {
        try {
            return exchange.finish(deadline) && haveEnded(deadline);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // close skips the grace then
            started.forEach(worker -> closeAfter(e, worker));
            Thread.interrupted();
            throw e;
        } catch (IOException | RuntimeException | Error e) {
            started.forEach(worker -> closeAfter(e, worker));
            throw e;
        }
    }

    private boolean haveEnded(Deadline deadline) throws InterruptedException {
        for (WorkerProcess worker : started) {
            Optional<WorkerExit> exit = worker.waitFor(Duration.ofNanos(deadline.leftNanos()));
            if (exit.isEmpty()) {
                return false;
            }
        }
        return true;
    }

    /**
     * Closes all at once, each in a thread of its own, and reads meanwhile: a program that is asked to end may have
     * more to say than a pipe holds. An interrupt shortens the grace to nothing and stays set. Gives what the system
     * refused.
     */
    private List<Throwable> endAll(Exchange exchange) throws IOException {
        List<CompletableFuture<Void>> ends = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (WorkerProcess worker : started) {
            CompletableFuture<Void> end = new CompletableFuture<>();
            ends.add(end);
            threads.add(DaemonThread.start("belfry-close-" + worker.pid(), () -> {
                try {
                    worker.close();
                    end.complete(null);
                } catch (Throwable e) {
                    end.completeExceptionally(e);
                } finally {
                    exchange.wake();
                }
            }));
        }
        readUntilDone(exchange, ends, threads);
        return ends.stream().flatMap(end -> failure(end).stream()).toList();
    }

    private static void readUntilDone(Exchange exchange, List<CompletableFuture<Void>> ends, List<Thread> threads)
            throws IOException {
        boolean done = false;
        boolean interrupted = false;
        while (!done) {
            try {
                exchange.readUntil(() -> ends.stream().allMatch(CompletableFuture::isDone));
                done = true;
            } catch (InterruptedException e) {
                interrupted = true;
                threads.forEach(Thread::interrupt);
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static Optional<Throwable> failure(CompletableFuture<Void> done) {
        try {
            done.join();
            return Optional.empty();
        } catch (CompletionException e) {
            return Optional.of(e.getCause());
        }
    }

    /** The exit, and the command, are those of the last stage that has failed, or of the last stage. */
    private CompletedProcess completed(Exchange exchange) {
        int told = stages.size() - 1;
        while (told > 0 && !hasFailed(told)) {
            told--;
        }
        if (!hasFailed(told)) {
            told = stages.size() - 1;
        }
        return new CompletedProcess(
                stages.get(told).options.command(), exit(told), exchange.stdout(), exchange.stderr());
    }

    /** Not one that SIGPIPE ended because the next one had read enough. */
    private boolean hasFailed(int stage) {
        WorkerExit exit = exit(stage);
        boolean wasCutOff = stage < stages.size() - 1
                && exit instanceof WorkerExit.Signaled by
                && by.signal() == Signal.PIPE;
        return !exit.succeeded() && !wasCutOff;
    }

    private WorkerExit exit(int stage) {
        WorkerExit exit = started.get(stage).child().exit();
        return exit == null ? new WorkerExit.Lost() : exit;
    }
}
