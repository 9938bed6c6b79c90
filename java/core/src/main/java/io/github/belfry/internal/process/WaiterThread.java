package io.github.belfry.internal.process;

import io.github.belfry.internal.sys.DaemonThread;
import io.github.belfry.internal.sys.Failures;
import io.github.belfry.internal.sys.Native;

/** Where pidfds are refused each child has a thread that blocks in waitid(2) until it ends. It holds the reaper. */
final class WaiterThread {
    private static final int STACK_BYTES = 128 * 1024;

    private WaiterThread() {}

    static void start(Child child, Reaper reaper) {
        boolean started = false;
        Reaper.holdAgain();
        try {
            DaemonThread.start("belfry-wait-" + child.pid(), () -> awaitAndReap(child, reaper), STACK_BYTES);
            started = true;
        } finally {
            if (!started) {
                Reaper.release();
            }
        }
    }

    private static void awaitAndReap(Child child, Reaper reaper) {
        Failures failures = new Failures("the thread that waits for " + child);
        boolean done = false;
        while (!done) {
            try {
                Native.awaitPid(child.pid());
                done = child.reap(reaper);
            } catch (Throwable e) {
                failures.pause(e);
            }
        }
        Reaper.release();
    }
}
