package io.github.belfry.internal.sys;

import org.jspecify.annotations.Nullable;

/**
 * What a child sets for itself between clone and execve. The shim reads the components by these names (process.c).
 *
 * @param directory to change to, ended by nothing; null: the parent's
 * @param cpus affinity mask, or null
 * @param limits triples of resource, soft and hard, see setrlimit(2)
 * @param blockedSignals bit n - 1: signal n
 * @param ignoredSignals likewise; all others have their default dispositions
 * @param umask or UNCHANGED
 * @param nice or NICE_UNCHANGED
 * @param oomScoreAdjust or OOM_SCORE_UNCHANGED
 * @param uid or UNCHANGED; with it supplementary groups are dropped
 * @param gid or UNCHANGED
 * @param ownGroup it leads a process group of its own
 * @param newSession it leads a session of its own, and with it the group
 * @param dieWithParent the keeper ends it with the VM; without a keeper SIGKILL when the thread that started it ends, see
 *     PR_SET_PDEATHSIG in prctl(2)
 * @param wantPidfd the parent gets a pidfd
 */
public record ChildAttributes(
        byte @Nullable [] directory,
        byte @Nullable [] cpus,
        long[] limits,
        long blockedSignals,
        long ignoredSignals,
        int umask,
        int nice,
        int oomScoreAdjust,
        int uid,
        int gid,
        boolean ownGroup,
        boolean newSession,
        boolean dieWithParent,
        boolean wantPidfd) {
    public static final int UNCHANGED = -1;

    /** -1 is a nice value. */
    public static final int NICE_UNCHANGED = Integer.MIN_VALUE;

    public static final int OOM_SCORE_UNCHANGED = Integer.MIN_VALUE;
}
