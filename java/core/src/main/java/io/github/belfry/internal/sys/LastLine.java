package io.github.belfry.internal.sys;

import java.nio.charset.StandardCharsets;

/** What a program said last, for the end of a message about it. */
public final class LastLine {
    private static final int LOOKED_AT_BYTES = 8 * 1024;
    private static final int SHOWN_CHARACTERS = 300;

    private LastLine() {}

    /** The last line of its standard error that isn't blank, if there is any. */
    public static String said(String stderr) {
        String last =
                stderr.lines().map(String::strip).filter(line -> !line.isEmpty()).reduce("", (a, b) -> b);
        if (last.length() > SHOWN_CHARACTERS) {
            last = last.substring(0, SHOWN_CHARACTERS) + "...";
        }
        return last.isEmpty() ? "" : "; it said: " + last;
    }

    /** The same, in UTF-8. */
    public static String said(byte[] stderr) {
        int length = Math.min(stderr.length, LOOKED_AT_BYTES);
        return said(new String(stderr, stderr.length - length, length, StandardCharsets.UTF_8));
    }
}
