package io.github.belfry.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** A table on a terminal, written over the one before it. */
final class StatScreen {
    private static final String NO_WRAP = "\033[?7l";
    private static final String WRAP = "\033[?7h";
    private static final String CLEAR_TO_LINE_END = "\033[K";
    private static final String CLEAR_BELOW = "\033[J";
    private static final int SMALLEST = 20;

    private final PrintWriter out;
    private int shown;

    StatScreen(PrintWriter out) {
        this.out = out;
    }

    void show(List<String> table) {
        StringBuilder frame = new StringBuilder(NO_WRAP);
        if (shown > 0) {
            frame.append("\r\033[").append(shown).append('A');
        }
        List<String> lines = fitting(table);
        lines.forEach(line -> frame.append(line).append(CLEAR_TO_LINE_END).append('\n'));
        out.print(frame.append(CLEAR_BELOW).append(WRAP));
        out.flush();
        shown = lines.size();
    }

    /** The cursor can't go back to what has left the screen. */
    private static List<String> fitting(List<String> table) {
        int room = table.size() < SMALLEST ? SMALLEST : Terminal.rows() - 1;
        if (table.size() <= room) {
            return table;
        }
        List<String> lines = new ArrayList<>(table.subList(0, Math.max(1, room - 1)));
        lines.add("and " + (table.size() - lines.size()) + " more lines, for a higher terminal or --json");
        return lines;
    }
}
