package io.github.belfry;

import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A program could not be started. The message names the program, what was tried, on what, and the system's reason. */
public class WorkerStartException extends IOException {
    private static final long serialVersionUID = 1;

    private final String step;
    private final String errnoName;
    private final @Nullable WorkerExit exit;
    private final String stderrTail;

    /** A system call failed before the program ran. */
    public WorkerStartException(String message, String step, String errnoName) {
        this(message, step, errnoName, null, "");
    }

    /** {@code exit} is how the program ended, null when it never ran. */
    public WorkerStartException(
            String message, String step, String errnoName, @Nullable WorkerExit exit, String stderrTail) {
        super(message);
        this.step = step;
        this.errnoName = errnoName;
        this.exit = exit;
        this.stderrTail = stderrTail;
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
