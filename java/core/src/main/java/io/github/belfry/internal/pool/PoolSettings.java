package io.github.belfry.internal.pool;

import io.github.belfry.Doorbell;
import io.github.belfry.PoolListener;
import io.github.belfry.internal.process.Launch;
import io.github.belfry.internal.process.LaunchOptions;
import io.github.belfry.internal.ring.Layout;
import io.github.belfry.internal.sys.CStrings;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What a {@code WorkerPool.Builder} collects; a value that is wrong by itself is refused at once. */
public final class PoolSettings {
    private static final int MAX_NAME_BYTES = 200;

    private @Nullable String name;
    private int workers = Runtime.getRuntime().availableProcessors();
    private int ringBytes = 1 << 20;
    private int replyRingBytes; // 0: as ringBytes
    private Doorbell doorbell = Doorbell.ADAPTIVE;
    private long spinNanos = 50_000;
    private long requestTimeoutNanos = Deadlines.NEVER;
    private long executionTimeoutNanos = TimeUnit.SECONDS.toNanos(30);
    private int inFlightPerWorker;
    private long maxRequestsPerWorker;
    private long startTimeoutNanos = TimeUnit.SECONDS.toNanos(10);
    private int breakerDeaths = 5;
    private long breakerRetryNanos = TimeUnit.SECONDS.toNanos(30);
    private long closeGraceNanos = TimeUnit.SECONDS.toNanos(5);
    private int maxAttempts = 3;
    private boolean shutdownHook = true;
    private PoolListener listener = PoolListener.logging();

    public void name(String pool) {
        if (pool.isEmpty()
                || CStrings.utf8(pool).length > MAX_NAME_BYTES
                || pool.indexOf('/') >= 0
                || pool.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("the name of a pool has 1 to " + MAX_NAME_BYTES
                    + " bytes and neither / nor NUL: '" + pool + "'");
        }
        name = pool;
    }

    public void workers(int count) {
        workers = LaunchOptions.inRange(count, 1, 1 << 20, "workers");
    }

    public int workers() {
        return workers;
    }

    public void ringBytes(int powerOfTwo) {
        ringBytes = Layout.checkRingBytes(powerOfTwo, "ringBytes");
    }

    public void replyRingBytes(int powerOfTwo) {
        replyRingBytes = Layout.checkRingBytes(powerOfTwo, "replyRingBytes");
    }

    public void doorbell(Doorbell when) {
        doorbell = Objects.requireNonNull(when);
    }

    public void spin(Duration max) {
        spinNanos = notNegative(max, "spin");
    }

    public void requestTimeout(Duration timeout) {
        requestTimeoutNanos = positive(timeout, "requestTimeout");
    }

    public void executionTimeout(Duration timeout) {
        executionTimeoutNanos = positive(timeout, "executionTimeout");
    }

    public void inFlightPerWorker(int most) {
        inFlightPerWorker = LaunchOptions.inRange(most, 1, Integer.MAX_VALUE, "inFlightPerWorker");
    }

    public void maxRequestsPerWorker(long most) {
        if (most < 1) {
            throw new IllegalArgumentException("maxRequestsPerWorker is " + most + ", less than 1");
        }
        maxRequestsPerWorker = most;
    }

    public void startTimeout(Duration timeout) {
        startTimeoutNanos = positive(timeout, "startTimeout");
    }

    public void maxAttempts(int deaths) {
        maxAttempts = LaunchOptions.inRange(deaths, 1, Integer.MAX_VALUE, "maxAttempts");
    }

    public void shutdownHook(boolean close) {
        shutdownHook = close;
    }

    public void closeGrace(Duration grace) {
        closeGraceNanos = notNegative(grace, "closeGrace");
    }

    public void breaker(int deaths, Duration retry) {
        breakerDeaths = LaunchOptions.inRange(deaths, 1, Integer.MAX_VALUE, "the deaths of a breaker");
        breakerRetryNanos = positive(retry, "the retry of a breaker");
    }

    public void listener(PoolListener told) {
        listener = Objects.requireNonNull(told);
    }

    private static long positive(Duration value, String what) {
        if (value.isZero()) {
            throw new IllegalArgumentException(what + " is zero");
        }
        return notNegative(value, what);
    }

    /** In nanoseconds, as many as a long can say. */
    private static long notNegative(Duration value, String what) {
        if (value.isNegative()) {
            throw new IllegalArgumentException(what + " is negative: " + value);
        }
        return TimeUnit.NANOSECONDS.convert(value);
    }

    /** As they are now; {@code launches} has one for each worker. */
    public PoolOptions options(List<Launch> launches) {
        long number = Pool.nextNumber();
        return new PoolOptions(
                name == null ? "pool-" + number : name,
                number,
                workers,
                ringBytes,
                replyRingBytes == 0 ? ringBytes : replyRingBytes,
                doorbell,
                spinNanos,
                workers >= CallSpin.PROCESSORS,
                requestTimeoutNanos,
                executionTimeoutNanos,
                inFlightPerWorker,
                maxRequestsPerWorker,
                startTimeoutNanos,
                maxAttempts,
                closeGraceNanos,
                breakerDeaths,
                breakerRetryNanos,
                shutdownHook,
                listener,
                launches);
    }
}
