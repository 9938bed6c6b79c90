package io.github.belfry.cli;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/** The names that a mistyped word was probably meant to be. */
final class Nearest {
    private static final int MIN_PART = 3;

    private Nearest() {}

    /** Those that are nearest; none when more than a third of their letters would have to change. */
    static List<String> of(String typed, Collection<String> names) {
        List<String> nearest = new ArrayList<>();
        int least = Integer.MAX_VALUE;
        for (String name : names) {
            int distance = distance(letters(typed), letters(name));
            if (distance < least) {
                nearest.clear();
                least = distance;
            }
            if (distance == least && least < Integer.MAX_VALUE) {
                nearest.add(name);
            }
        }
        return nearest;
    }

    /** {@code -Workers} is as good as {@code --workers}. */
    private static String letters(String name) {
        return name.replaceFirst("^-+", "").toLowerCase(Locale.ROOT);
    }

    /** The largest number when they have little in common. A part of the name is nearly all of it. */
    private static int distance(String typed, String name) {
        if (typed.length() >= MIN_PART && typed.length() < name.length() && name.contains(typed)) {
            return 1;
        }
        int changes = changes(typed, name);
        return changes <= Math.max(typed.length(), name.length()) / 3 ? changes : Integer.MAX_VALUE;
    }

    /** Letters to add, to drop, to replace, or to swap with the next one. */
    private static int changes(String from, String to) {
        int[][] changes = new int[from.length() + 1][to.length() + 1];
        for (int i = 0; i <= from.length(); i++) {
            for (int j = 0; j <= to.length(); j++) {
                if (i == 0 || j == 0) {
                    changes[i][j] = i + j;
                    continue;
                }
                boolean same = from.charAt(i - 1) == to.charAt(j - 1);
                int replaced = changes[i - 1][j - 1] + (same ? 0 : 1);
                int least = Math.min(replaced, 1 + Math.min(changes[i - 1][j], changes[i][j - 1]));
                boolean swapped = i > 1
                        && j > 1
                        && from.charAt(i - 1) == to.charAt(j - 2)
                        && from.charAt(i - 2) == to.charAt(j - 1);
                changes[i][j] = swapped ? Math.min(least, changes[i - 2][j - 2] + 1) : least;
            }
        }
        return changes[from.length()][to.length()];
    }
}
