package io.github.belfry;

import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A program could not be started. The message names the program, what was tried, on what, and the system's reason. */
public class WorkerStartException extends IOException {
    private static final long serialVersionUID = 1;

    private final String step;
    private final String errnoName;
    private final transient @Nullable WorkerExit exit;
    private final String stderrTail;

    WorkerStartException(String message, String step, String errnoName) {
        this(message, step, errnoName, null, "");
    }

    WorkerStartException(String message, String step, String errnoName, @Nullable WorkerExit exit, String stderrTail) {
        super(message);
        this.step = step;
        this.errnoName = errnoName;
        this.exit = exit;
        this.stderrTail = stderrTail;
    }

    /** The failed system call of program {@code program}: {@code tried} says it with its argument. */
    static WorkerStartException of(String program, String step, String tried, int errno) {
        return new WorkerStartException(
                "cannot start " + program + ": " + tried + ": " + Errno.describe(errno), step, Errno.name(errno));
    }

    /** A worker of a pool that ran, but never got ready. */
    static WorkerStartException notReady(String program, String how, WorkerExit exit, String stderrTail) {
        return new WorkerStartException("cannot start " + program + ": " + how, "ready", "", exit, stderrTail);
    }

    /** The result itself, or for a negative one the exception of {@link #of}. */
    static int check(int result, String program, String step, String tried) throws WorkerStartException {
        if (result < 0) {
            throw of(program, step, tried, -result);
        }
        return result;
    }

    /**
     * The system call that failed, for example {@code execve} or {@code chdir}; {@code ready} for a worker of a pool
     * that ran, but didn't get ready.
     */
    public String step() {
        return step;
    }

    /** The name of its error, for example {@code ENOENT}; empty when no system call failed. */
    public String errnoName() {
        return errnoName;
    }

    /** How the program ended, if it ran at all. */
    public Optional<WorkerExit> exit() {
        return Optional.ofNullable(exit);
    }

    /** The last of what it wrote to its standard error, if that was kept; otherwise empty. */
    public String stderrTail() {
        return stderrTail;
    }
}
