package io.github.belfry.internal.process;

import io.github.belfry.internal.sys.Errno;
import io.github.belfry.internal.sys.Native;

/** Whether pidfds can be opened, signalled and waited for; a container may refuse any of the three. */
final class Pidfds {
    static final boolean WORK = work();

    private Pidfds() {}

    private static boolean work() {
        int pidfd = Native.pidfdOpen((int) ProcessHandle.current().pid());
        if (pidfd < 0) {
            return false;
        }
        boolean sent = Native.pidfdSendSignal(pidfd, 0) == 0;
        boolean waited = Native.waitPidfd(pidfd, false) == -Errno.ECHILD;
        Native.close(pidfd);
        return sent && waited;
    }
}
