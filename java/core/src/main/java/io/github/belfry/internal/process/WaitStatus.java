package io.github.belfry.internal.process;

import io.github.belfry.Signal;
import io.github.belfry.WorkerExit;

/** What waitid(2) says of an end, as {@code Native.waitPidfd} gives it. The values are the same on every Linux. */
final class WaitStatus {
    private static final int CLD_EXITED = 1;
    private static final int CLD_DUMPED = 3;

    private WaitStatus() {}

    /** Lost for an error: another wait has taken it. */
    static WorkerExit exit(long status) {
        int code = (int) (status >> Integer.SIZE);
        if (status < 0) {
            return new WorkerExit.Lost();
        }
        return code == CLD_EXITED
                ? new WorkerExit.Exited((int) status)
                : new WorkerExit.Signaled(Signal.of((int) status), code == CLD_DUMPED);
    }
}
