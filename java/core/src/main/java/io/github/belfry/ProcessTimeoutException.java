package io.github.belfry;

import io.github.belfry.internal.sys.LastLine;
import java.time.Duration;
import java.util.concurrent.TimeoutException;

/**
 * A program that was run didn't end in time, and was ended. The message names the command, the time, how it ended then,
 * and the last line of its standard error.
 */
public class ProcessTimeoutException extends TimeoutException {
    private static final long serialVersionUID = 1;

    private final Duration timeout;
    private final CompletedProcess process;

    /** {@code process} is what was there of it in the end. */
    public ProcessTimeoutException(Duration timeout, CompletedProcess process) {
        super(process.shownCommand() + ": it ran for longer than " + timeout.toMillis() + " ms and was ended: "
                + process.exit() + LastLine.said(process.stderr()));
        this.timeout = timeout;
        this.process = process;
    }

    /** The time that it had. */
    public Duration timeout() {
        return timeout;
    }

    /**
     * What was ended: with its output so far, and how it ended then. The exit is {@code Lost} if it lives on, because
     * it has become another user's and the system refuses to signal it.
     */
    public CompletedProcess process() {
        return process;
    }
}
