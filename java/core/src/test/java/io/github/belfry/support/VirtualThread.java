package io.github.belfry.support;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.concurrent.Executor;

/** Virtual threads, on a VM that has them. */
public final class VirtualThread implements Executor {
    private static final int SINCE = 21;

    public static final VirtualThread PER_TASK = new VirtualThread();

    private VirtualThread() {}

    /** Skips the test where there are none. */
    public static void assumeThere() {
        assumeTrue(Runtime.version().feature() >= SINCE, "this VM has no virtual threads");
    }

    @Override
    public void execute(Runnable task) {
        try {
            Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, task);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }
}
