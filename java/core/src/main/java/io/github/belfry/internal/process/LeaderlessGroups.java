package io.github.belfry.internal.process;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Groups whose leader has ended before them. It stays unreaped, so no other process gets its number, until its group is
 * empty. No descriptor tells that, and an ended worker holds none, so the reaper looks from time to time.
 */
final class LeaderlessGroups {
    private static final long FIRST_PAUSE_NANOS = 10_000_000;
    private static final long LONGEST_PAUSE_NANOS = 1_000_000_000;

    private final Map<Integer, Child> leaders = new ConcurrentHashMap<>();
    private volatile boolean hasNew;

    // For the reaper's thread.
    private long pauseNanos;
    private long lookedAtNanos;

    /** For any thread. */
    void add(Child leader) {
        leaders.put(leader.pid(), leader);
        hasNew = true;
    }

    /**
     * Reaps those that have no group any more, when it is time to look; for the reaper's thread.
     *
     * @param onReaped is run for each
     * @return until when it need not be called again, in nanoseconds from now
     */
    long reapEmpty(long now, Runnable onReaped) {
        if (leaders.isEmpty()) {
            return OnDemand.FOREVER;
        }
        if (hasNew) {
            hasNew = false;
            pauseNanos = FIRST_PAUSE_NANOS;
            lookedAtNanos = now;
        }
        if (now - lookedAtNanos >= pauseNanos) {
            Map<Integer, Child> asked = Map.copyOf(leaders); // one that comes meanwhile isn't looked for
            Set<Integer> inhabited = ProcessGroups.inhabited(asked.keySet());
            asked.forEach((pid, leader) -> {
                if (leader.reapWithoutGroup(inhabited)) {
                    leaders.remove(pid, leader);
                    onReaped.run();
                }
            });
            lookedAtNanos = now;
            pauseNanos = Math.min(2 * pauseNanos, LONGEST_PAUSE_NANOS);
        }
        return Math.max(1, lookedAtNanos + pauseNanos - now);
    }
}
