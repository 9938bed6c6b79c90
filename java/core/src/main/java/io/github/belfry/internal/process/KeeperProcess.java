package io.github.belfry.internal.process;

import io.github.belfry.Signal;
import io.github.belfry.internal.sys.DaemonThread;
import io.github.belfry.internal.sys.Native;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.IntStream;

/** The start of the process {@code belfry-keeper PID}: c/keeper/belfry_keeper.c. */
final class KeeperProcess {
    static final String PROGRAM = "belfry-keeper";

    // Its descriptors, as belfry_keeper.h has them.
    private static final int SOCKET = 3;
    private static final int BELL = 4;
    private static final int VM = 5;

    private static final int LAST_SIGNAL = 31;

    private KeeperProcess() {}

    /** For a thread that holds the reaper; blocks. The descriptors stay the caller's. */
    static void start(Reaper reaper, int socket, int bell) throws IOException {
        long vm = ProcessHandle.current().pid();
        int pidfd = StartFailure.check(Native.pidfdOpen((int) vm), PROGRAM, "pidfd_open", "pidfd_open " + vm);
        try {
            int pid = Spawner.startUnwatched(
                    reaper,
                    plan(vm),
                    new Descriptors.Given(socket, SOCKET),
                    new Descriptors.Given(bell, BELL),
                    new Descriptors.Given(pidfd, VM));
            reap(pid, vm);
        } finally {
            Native.close(pidfd);
        }
    }

    /** In no directory, without an environment, and deaf to what is sent to the VM's group before it leaves that. */
    private static Launch plan(long vm) {
        LaunchOptions options = LaunchOptions.bundled(PROGRAM, Long.toString(vm));
        options.directory(Path.of("/"));
        options.environment(Map.of());
        options.dieWithParent(false);
        for (int fd = 0; fd < SOCKET; fd++) {
            options.stream(fd, Redirect.NULL);
        }
        options.blockSignals(IntStream.rangeClosed(1, LAST_SIGNAL)
                .filter(number -> number != Signal.KILL.number() && number != Signal.STOP.number())
                .mapToObj(Signal::of)
                .toArray(Signal[]::new));
        return options.build();
    }

    /**
     * It forks and ends at once, so that the keeper isn't a child of the VM's. As process 1 the VM would get the keeper
     * back as its child, so there it doesn't fork, and is waited for until its own end.
     */
    private static void reap(int pid, long vm) throws IOException {
        if (vm == 1) {
            DaemonThread.start("belfry-wait-" + pid, () -> awaitAndReap(pid));
            return;
        }
        long status = awaitAndReap(pid);
        if (status > 0 && !WaitStatus.exit(status).succeeded()) {
            throw new IOException(PROGRAM + " could not be started: it could not fork, or not find its descriptors");
        }
    }

    /** What {@link Native#waitPid} says; negative where another wait was faster. */
    private static long awaitAndReap(int pid) {
        Native.awaitPid(pid);
        return Native.waitPid(pid, false);
    }
}
