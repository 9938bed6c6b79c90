package io.github.belfry.internal.process;

import java.time.Duration;

/** For how long the threads that start and reap processes are kept when they aren't needed. */
public final class IdleTime {
    public static final Duration ENDLESS = Duration.ofNanos(Long.MAX_VALUE);
    public static final Duration SHORT = Duration.ofMillis(20);

    private IdleTime() {}

    /** For the waits that begin from now on. */
    public static void set(Duration time) {
        OnDemand.idleNanos = time.toNanos();
    }
}
