package io.github.belfry;

/** A thread of the library's own: it keeps neither the VM alive, nor a caller's class loader or thread locals. */
final class DaemonThread {
    private DaemonThread() {}

    static Thread start(String name, Runnable run) {
        return start(name, run, 0);
    }

    /** {@code stackBytes} 0 is the VM's default. */
    static Thread start(String name, Runnable run, long stackBytes) {
        Thread thread = new Thread(null, run, name, stackBytes, false);
        thread.setDaemon(true);
        thread.setContextClassLoader(null);
        thread.start();
        return thread;
    }
}
