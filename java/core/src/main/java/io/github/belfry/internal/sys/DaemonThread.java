package io.github.belfry.internal.sys;

import java.security.AccessController;
import java.security.PrivilegedAction;

/**
 * A thread of the library's own. It keeps neither the VM alive nor anything of the caller's: no class loader, no thread
 * group, no thread locals.
 */
public final class DaemonThread {
    /** From here on a thread has no AccessControlContext, and the class may go. */
    private static final int WITHOUT_ACCESS_CONTROL = 25;

    private DaemonThread() {}

    public static Thread start(String name, Runnable run) {
        return start(name, run, 0);
    }

    /** {@code stackBytes} 0 is the VM's default. */
    public static Thread start(String name, Runnable run, long stackBytes) {
        Thread thread = unstarted(name, run, stackBytes);
        thread.start();
        return thread;
    }

    /** One that is the caller's to start. */
    public static Thread unstarted(String name, Runnable run) {
        return unstarted(name, run, 0);
    }

    /**
     * Before, a thread keeps the classes that are on the stack when it is made, as its AccessControlContext;
     * doPrivileged leaves out those of the callers.
     */
    @SuppressWarnings("removal")
    private static Thread unstarted(String name, Runnable run, long stackBytes) {
        if (Runtime.version().feature() >= WITHOUT_ACCESS_CONTROL) {
            return make(name, run, stackBytes);
        }
        return AccessController.doPrivileged((PrivilegedAction<Thread>) () -> make(name, run, stackBytes));
    }

    private static Thread make(String name, Runnable run, long stackBytes) {
        Thread thread = new Thread(rootGroup(), run, name, stackBytes, false);
        thread.setDaemon(true);
        thread.setContextClassLoader(null);
        return thread;
    }

    private static ThreadGroup rootGroup() {
        ThreadGroup group = Thread.currentThread().getThreadGroup();
        while (group.getParent() != null) {
            group = group.getParent();
        }
        return group;
    }
}
