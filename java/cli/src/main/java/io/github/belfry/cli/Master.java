package io.github.belfry.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A process that may end at any moment, and whose id may then be another one's; see proc_pid_stat(5). */
record Master(long pid, String startTime) {
    private static final String GONE = "";

    static Master of(long pid) {
        return new Master(pid, startTime(pid));
    }

    boolean isAlive() {
        return !startTime.equals(GONE) && startTime.equals(startTime(pid));
    }

    /** In clock ticks since the system started. */
    private static String startTime(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            String[] afterName = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            boolean ended = afterName[0].equals("Z") || afterName[0].equals("X");
            return ended ? GONE : afterName[19];
        } catch (IOException ended) {
            return GONE;
        }
    }
}
