package io.github.belfry;

import io.github.belfry.internal.sys.LastLine;
import java.io.IOException;

/**
 * A program ran and failed: it ended with a code other than 0, or by a signal. The message names the command, how it
 * ended, and the last line of its standard error.
 */
public class ProcessFailedException extends IOException {
    private static final long serialVersionUID = 1;

    private final CompletedProcess process;

    /** What {@link CompletedProcess#check} throws. */
    public ProcessFailedException(CompletedProcess process) {
        super(process.shownCommand() + ": " + process.exit() + LastLine.said(process.stderr()));
        this.process = process;
    }

    /** What failed, with its exit and all of its output. */
    public CompletedProcess process() {
        return process;
    }
}
