package io.github.belfry.internal.pool;

import io.github.belfry.PoolListener;
import io.github.belfry.Signal;
import io.github.belfry.WorkerException;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerInfo;
import java.lang.System.Logger.Level;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The listener of a pool that no other is set for: logs each event. Each pool has an instance that knows its name. */
public final class LoggingListener implements PoolListener {
    public static final LoggingListener OF_ANY_POOL = new LoggingListener("a pool");

    private final String pool;

    LoggingListener(String pool) {
        this.pool = pool;
    }

    /** Made by the first event: a logging framework takes its time to load. */
    private static final class Log {
        private static final System.Logger LOGGER = System.getLogger("io.github.belfry");
    }

    @Override
    public void workerStarted(WorkerInfo worker) {
        log(Level.DEBUG, () -> describe(worker) + " is ready");
    }

    @Override
    public void workerEnded(WorkerInfo worker, WorkerExit exit, String stderrTail) {
        log(isUsual(exit) ? Level.DEBUG : Level.WARNING, () -> describe(worker) + " has ended: " + exit);
    }

    /** By itself, or by a request: a worker that isn't ready yet ends by the signal. */
    private static boolean isUsual(WorkerExit exit) {
        return exit.succeeded()
                || exit instanceof WorkerExit.Signaled by
                        && (by.signal().equals(Signal.TERM) || by.signal().equals(Signal.INT));
    }

    @Override
    public void workerQuarantined(WorkerInfo worker, String brokenRule) {
        log(Level.WARNING, () -> describe(worker) + " is killed because of a broken rule: " + brokenRule);
    }

    @Override
    public void requestFailed(@Nullable WorkerInfo worker, WorkerException why) {
        log(Level.DEBUG, () -> (worker == null ? "" : describe(worker) + ": ") + "a request has failed: " + why);
    }

    @Override
    public void breakerOpened(String why) {
        log(Level.WARNING, () -> pool + " refuses requests: " + why);
    }

    @Override
    public void breakerClosed() {
        log(Level.INFO, () -> pool + " takes requests again");
    }

    @Override
    public void errorLine(WorkerInfo worker, String line) {
        log(Level.INFO, () -> describe(worker) + ": " + line);
    }

    @Override
    public void internalError(Throwable failure) {
        internalError(pool, failure);
    }

    void internalError(String where, Throwable failure) {
        Log.LOGGER.log(Level.WARNING, where + " goes on after " + failure, failure);
    }

    private static String describe(WorkerInfo worker) {
        return "pool " + worker.pool() + ", worker " + worker.index() + " (pid " + worker.pid() + ")";
    }

    private static void log(Level level, Supplier<String> message) {
        Log.LOGGER.log(level, message);
    }
}
