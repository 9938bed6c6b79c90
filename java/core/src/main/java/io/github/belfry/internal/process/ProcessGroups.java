package io.github.belfry.internal.process;

import io.github.belfry.internal.sys.Errno;
import io.github.belfry.internal.sys.Native;
import java.io.File;
import java.util.HashSet;
import java.util.Set;

/** Looks through /proc for the members of process groups: the kernel has no other way to tell whether there are any. */
final class ProcessGroups {
    private static final int ROUNDS = 10;
    private static final File PROC = new File("/proc");

    private final Set<Integer> groups;
    private final Set<Integer> inhabited = new HashSet<>();
    private final Set<Integer> dead = new HashSet<>();

    /**
     * A process that was there when the directory was read, and then not any more, may have forked in between. What
     * can't be read, for want of a descriptor for example, may be anything.
     */
    private boolean uncertain;

    private ProcessGroups(Set<Integer> groups) {
        this.groups = groups;
    }

    /**
     * Those of the groups, each named by the pid of its leader, that have a living member besides it. One that changes
     * faster than it is looked at counts as inhabited. Without /proc, or of other users' processes where it hides them,
     * none is seen.
     */
    static Set<Integer> inhabited(Set<Integer> groups) {
        ProcessGroups search = new ProcessGroups(Set.copyOf(groups));
        for (int round = 0; round < ROUNDS; round++) {
            search.look();
            if (!search.uncertain || search.inhabited.size() == groups.size()) {
                return search.inhabited;
            }
        }
        return search.groups;
    }

    private void look() {
        String[] names = PROC.list();
        uncertain = names == null && PROC.isDirectory();
        for (String name : names == null ? new String[0] : names) {
            if (Character.isDigit(name.charAt(0))) {
                look(Integer.parseInt(name));
            }
        }
    }

    private void look(int pid) {
        int group = Native.getpgid(pid);
        if (group == -Errno.ESRCH) {
            uncertain = true;
        } else if (group != pid && groups.contains(group) && !inhabited.contains(group)) {
            ProcessState state = ProcessState.of(pid);
            if (state.runs()) {
                inhabited.add(group);
            } else if (!state.isSeen() || dead.add(pid)) {
                uncertain = true;
            }
        }
    }
}
