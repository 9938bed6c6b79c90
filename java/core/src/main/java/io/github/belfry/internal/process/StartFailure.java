package io.github.belfry.internal.process;

import io.github.belfry.WorkerStartException;
import io.github.belfry.internal.sys.Errno;

/** Makes the exceptions of starts that the system refused. */
final class StartFailure {
    private StartFailure() {}

    /** The failed system call of program {@code program}: {@code tried} says it with its argument. */
    static WorkerStartException of(String program, String step, String tried, int errno) {
        return new WorkerStartException(
                "cannot start " + program + ": " + tried + ": " + Errno.describe(errno), step, Errno.name(errno));
    }

    /** The result itself, or for a negative one the exception of {@link #of}. */
    static int check(int result, String program, String step, String tried) throws WorkerStartException {
        if (result < 0) {
            throw of(program, step, tried, -result);
        }
        return result;
    }
}
