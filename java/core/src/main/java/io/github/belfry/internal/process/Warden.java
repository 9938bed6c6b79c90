package io.github.belfry.internal.process;

import io.github.belfry.internal.sys.DaemonThread;
import io.github.belfry.internal.sys.Failures;
import io.github.belfry.internal.sys.Native;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The thread that starts the workers which must die with the VM.
 *
 * <p>PR_SET_PDEATHSIG fires when the <em>thread</em> that forked ends, so such workers can only be started by a thread
 * that lives as long as the VM. It does nothing else: a start may stand in a slow chdir or execve.
 */
public final class Warden {
    private static @Nullable Warden instance;

    private final BlockingQueue<Start> starts = new LinkedBlockingQueue<>();

    private volatile @Nullable Thread thread;

    private Warden() {}

    /** The one of this class loader, started if this is the first use. */
    public static synchronized Warden get() {
        if (instance == null) {
            Warden warden = new Warden();
            DaemonThread.start("belfry-warden", warden::run);
            instance = warden;
        }
        return instance;
    }

    /**
     * Runs {@code spawn} in the warden's thread and waits for its result, uninterruptibly. It may start others itself,
     * which saves the way here and back for each.
     */
    public int start(IntSupplier spawn) {
        if (Thread.currentThread() == thread) {
            return spawn.getAsInt();
        }
        Start start = new Start(spawn, new CompletableFuture<>());
        starts.add(start);
        return start.result().join();
    }

    private record Start(IntSupplier spawn, CompletableFuture<Integer> result) {
        void run() {
            try {
                result.complete(spawn.getAsInt());
            } catch (Throwable e) {
                result.completeExceptionally(e);
            }
        }
    }

    private void run() {
        thread = Thread.currentThread();
        // It has inherited the processors of the first caller.
        Native.adoptAffinity();
        // Or a child that has got this processor is waited for: on two processors 9 of 10 starts within 0.9 ms, not
        // 0.27.
        Native.takeShortTurns();
        Failures failures = new Failures("the thread that starts workers");
        while (true) {
            try {
                starts.take().run();
                failures.succeeded();
            } catch (Throwable e) {
                // The start has its answer. This thread may not end: its workers would die with it.
                failures.pause(e);
            }
        }
    }
}
