package io.github.belfry.support;

import java.util.concurrent.Executor;

/** Runs each task in a thread of its own, at once; the common pool has one thread on two processors. */
public final class OwnThread implements Executor {
    public static final OwnThread PER_TASK = new OwnThread();

    private OwnThread() {}

    @Override
    public void execute(Runnable task) {
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        thread.start();
    }
}
