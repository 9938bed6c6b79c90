package io.github.belfry.internal.sys;

/** A thread of the library's own: it keeps neither the VM alive, nor a caller's class loader or thread locals. */
public final class DaemonThread {
    private DaemonThread() {}

    public static Thread start(String name, Runnable run) {
        return start(name, run, 0);
    }

    /** {@code stackBytes} 0 is the VM's default. */
    public static Thread start(String name, Runnable run, long stackBytes) {
        Thread thread = new Thread(null, run, name, stackBytes, false);
        thread.setDaemon(true);
        thread.setContextClassLoader(null);
        thread.start();
        return thread;
    }
}
