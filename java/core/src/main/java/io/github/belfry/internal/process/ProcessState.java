package io.github.belfry.internal.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What /proc/PID/stat says of a process, see proc(5).
 *
 * @param letter R, S, D, T, t, Z or X; a space when it can't be seen
 * @param threads how many it has
 */
record ProcessState(char letter, int threads) {
    private static final ProcessState UNSEEN = new ProcessState(' ', 0);
    private static final int LETTER = 0;
    private static final int THREADS = 17;

    static ProcessState of(int pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
            // The name of the program, which may have any bytes, ends at the last ")".
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return new ProcessState(fields[LETTER].charAt(0), Integer.parseInt(fields[THREADS]));
        } catch (IOException | RuntimeException unseen) {
            return UNSEEN;
        }
    }

    /** Whether a signal or a tracer has stopped it. */
    boolean isStopped() {
        return letter == 'T' || letter == 't';
    }

    boolean isSeen() {
        return this != UNSEEN;
    }

    /** Whether any of its threads runs: the main one alone may have ended. */
    boolean runs() {
        return isSeen() && (letter != 'Z' && letter != 'X' || threads > 1);
    }
}
